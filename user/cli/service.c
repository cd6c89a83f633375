// SPDX-License-Identifier: GPL-2.0
#include "cleanup.h"
#include "cli/cli.h"
#include "cli/format.h"

/* Port 0 is any port. */
static void format_port(FILE *out, const json_t *port)
{
	if (json_integer_value(port))
		format_count(out, port);
	else
		fputs("any", out);
}

static void format_flows(FILE *out, const json_t *flows)
{
	const json_t *used = json_object_get(flows, "used");

	if (used) {
		format_count(out, used);
		fputs(" of ", out);
	}
	format_count(out, json_object_get(flows, "entries"));
	fputs(" entries", out);
	for (size_t i = 0; i < 4; i++) {
		static const char *const counts[] = { "hits", "misses", "moved", "evicted" };
		const json_t *count = json_object_get(flows, counts[i]);

		if (!count)
			continue;
		fputs(", ", out);
		format_count(out, count);
		fprintf(out, " %s", counts[i]);
	}
}

static const struct view all_services = {
	.layout = VIEW_TABLE,
	.key = "services",
	.columns =
		(const struct column[]){
			{ "SERVICE", "name", format_text, false },
			{ "VIP", "vip", format_text, false },
			{ "PROTO", "protocol", format_text, false },
			{ "PORT", "port", format_port, true },
			{ "POOL", "pool", format_text, false },
			{ "LOCAL", "local.packets", format_count, true },
			{ "FORWARD", "forward.packets", format_count, true },
			{ "DROP", "drop.packets", format_count, true },
			{},
		},
	.empty = "no services",
};

static const struct view one_service = {
	.layout = VIEW_FIELDS,
	.key = "services",
	.columns =
		(const struct column[]){
			{ "service", "name", format_text, false },
			{ "id", "id", format_count, false },
			{ "vip", "vip", format_text, false },
			{ "protocol", "protocol", format_text, false },
			{ "port", "port", format_port, false },
			{ "pool", "pool", format_text, false },
			{ "hash", "hash", format_text, false },
			{ "flows", "flows", format_flows, false },
			{ "local", "local", format_counter, false },
			{ "forward", "forward", format_counter, false },
			{ "drop", "drop", format_counter, false },
			{},
		},
};

/*
 * Counts the entries of a flow table. That takes a walk through the table, which would block the
 * daemon's event loop, so it happens here. Entries that were made and are gone have been evicted.
 * Without permission to open the pinned maps the counts are left out.
 */
static void count_flows(const struct cli *cli, json_t *service)
{
	const struct datapath_options options = { .pin_root = cli->pin_dir };
	json_t *flows = json_object_get(service, "flows");
	struct datapath_flow_table table;
	struct datapath *datapath;
	json_int_t misses;
	int r;

	if (!json_is_object(flows) || datapath_open_pinned(&options, &datapath, NULL) < 0)
		return;
	r = datapath_count_flows(datapath, json_integer_value(json_object_get(service, "id")),
				 &table);
	datapath_close(datapath);
	if (r < 0)
		return;
	misses = json_integer_value(json_object_get(flows, "misses"));
	json_object_set_new(flows, "used", json_integer(table.flows));
	json_object_set_new(flows, "evicted",
			    json_integer(misses > table.flows ? misses - table.flows : 0));
}

static enum cli_exit service_show(struct cli *cli, char **parameters)
{
	_cleanup_(cleanup_json) json_t *data = NULL, *arguments = NULL;
	enum cli_exit exit;

	if (!parameters[0])
		return cli_ask(cli, "service.show", "service", NULL, &all_services);
	arguments = json_pack("{s:s}", "service", parameters[0]);
	if (!arguments) {
		cli_error(cli, "service: the name is not UTF-8");
		return CLI_USAGE;
	}
	exit = cli_call(cli, "service.show", arguments, &data);
	if (!data)
		return exit;
	count_flows(cli, json_array_get(json_object_get(data, "services"), 0));
	writer_show(&cli->writer, data, &one_service);
	return exit;
}

const struct cli_command service_commands[] = {
	{ "service", "show", "[NAME]", 0, 1, "", service_show, "services and their packet counts" },
	{},
};
