// SPDX-License-Identifier: GPL-2.0
#include "cli/cli.h"
#include "cli/format.h"

static void format_node(FILE *out, const json_t *data)
{
	format_text(out, json_object_get(data, "node"));
	fputs(" of cluster ", out);
	format_text(out, json_object_get(data, "cluster"));
	fputs(", ", out);
	format_text(out, json_object_get(data, "admin"));
	if (json_is_true(json_object_get(data, "isolated")))
		fputs(", isolated: most peers fell silent at once", out);
}

static void format_daemon(FILE *out, const json_t *data)
{
	format_text(out, json_object_get(data, "version"));
	fputs(", up ", out);
	format_seconds(out, json_object_get(data, "uptime_s"));
}

static void format_config(FILE *out, const json_t *data)
{
	const json_t *config = json_object_get(data, "config");

	format_text(out, json_object_get(config, "path"));
	fputs("\ngeneration ", out);
	format_count(out, json_object_get(data, "generation"));
	fputs(", digest ", out);
	format_text(out, json_object_get(config, "digest"));
	fputs(", loaded ", out);
	format_seconds(out, json_object_get(config, "loaded_ago_s"));
	fputs(" ago", out);
}

static void format_program(FILE *out, const json_t *program)
{
	if (!json_is_true(json_object_get(program, "attached")))
		fputs("NOT ATTACHED, was ", out);
	fputs("id ", out);
	format_count(out, json_object_get(program, "id"));
	fputs(" on ", out);
	format_text(out, json_object_get(program, "interface"));
	fputs(", ", out);
	format_text(out, json_object_get(program, "mode"));
	if (json_is_true(json_object_get(program, "dispatcher")))
		fputs(", in a dispatcher", out);
	if (json_is_true(json_object_get(program, "adopted")))
		fputs(", adopted", out);
	fputs(", tag ", out);
	format_text(out, json_object_get(program, "tag"));
}

static void format_nodes(FILE *out, const json_t *nodes)
{
	format_count(out, json_object_get(nodes, "live"));
	fputs(" of ", out);
	format_count(out, json_object_get(nodes, "total"));
	fputs(" live", out);
}

/* Leaves out reasons that have not occurred. */
static void format_rejected(FILE *out, const json_t *rejected)
{
	const char *reason, *before = "\nanswers rejected: ";
	const json_t *count;

	json_object_foreach ((json_t *)rejected, reason, count) {
		if (!json_integer_value(count))
			continue;
		fputs(before, out);
		format_count(out, count);
		fputc(' ', out);
		format_plain(out, reason);
		before = ", ";
	}
}

static void format_probing(FILE *out, const json_t *liveness)
{
	fputs("every ", out);
	format_count(out, json_object_get(liveness, "interval_ms"));
	fputs(" ms, down after ", out);
	format_count(out, json_object_get(liveness, "multiplier"));
	if (!json_is_true(json_object_get(liveness, "realtime")))
		fputs(", NO REAL-TIME PRIORITY", out);
	if (!json_is_true(json_object_get(liveness, "memory_locked")))
		fputs(", MEMORY NOT LOCKED", out);
	format_rejected(out, json_object_get(liveness, "rejected"));
}

static const struct view pools = {
	.layout = VIEW_TABLE,
	.key = "pools",
	.columns =
		(const struct column[]){
			{ "POOL", "name", format_text, false },
			{ "MEMBERS", "members", format_count, true },
			{ "SERVING", "serving", format_count, true },
			{ "ACTIVE", "active", format_text, false },
			{ "PANIC", "panic", format_flag, false },
			{},
		},
	.empty = "no pools",
};

static const struct view view = {
	.layout = VIEW_FIELDS,
	.columns =
		(const struct column[]){
			{ "node", "", format_node, false },
			{ "daemon", "", format_daemon, false },
			{ "config", "", format_config, false },
			{ "refused", "config.error", format_text, false },
			{ "program", "program", format_program, false },
			{ "nodes", "nodes", format_nodes, false },
			{ "probes", "liveness", format_probing, false },
			{ "services", "services", format_count, false },
			{ "degraded", "degraded", format_list, false },
			{},
		},
	.inner = &pools,
};

static enum cli_exit status(struct cli *cli, char **parameters)
{
	json_t *data = NULL;
	enum cli_exit exit;

	(void)parameters;
	exit = cli_call(cli, "status", NULL, &data);
	if (!data)
		return exit;

	writer_show(&cli->writer, data, &view);
	if (json_array_size(json_object_get(data, "degraded")))
		exit = CLI_DEGRADED;
	json_decref(data);
	return exit;
}

const struct cli_command status_commands[] = {
	{ "status", NULL, "", 0, 0, "", status, "state of this node, and what is degraded" },
	{},
};
