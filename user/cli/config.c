// SPDX-License-Identifier: GPL-2.0
#include "config/config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cleanup.h"
#include "cli/cli.h"
#include "cli/format.h"

static void format_summary(FILE *out, const json_t *data)
{
	format_text(out, json_object_get(data, "file"));
	fputs(": ok: node ", out);
	format_text(out, json_object_get(data, "node"));
	fputs(" of cluster ", out);
	format_text(out, json_object_get(data, "cluster"));
	fprintf(out,
		"; nodes %" JSON_INTEGER_FORMAT ", pools %" JSON_INTEGER_FORMAT
		", services %" JSON_INTEGER_FORMAT,
		json_integer_value(json_object_get(data, "nodes")),
		json_integer_value(json_object_get(data, "pools")),
		json_integer_value(json_object_get(data, "services")));
}

static const struct view view = {
	.layout = VIEW_LINE,
	.columns = (const struct column[]){ { "", "", format_summary, false }, {} },
};

static json_t *summary_json(const char *path, const struct cluster *cluster)
{
	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:o}", "file", path, "node",
			 cluster->nodes[cluster->self].name, "cluster", cluster->name, "nodes",
			 (json_int_t)cluster->n_nodes, "pools", (json_int_t)cluster->n_pools,
			 "services", (json_int_t)cluster->n_services, "digest",
			 json_sprintf("%016" PRIx64, cluster->digest));
}

static enum cli_exit config_check(struct cli *cli, char **parameters)
{
	_cleanup_(cleanup_json) json_t *data = NULL;
	struct config_errors errors = {};
	struct cluster *cluster;
	int r;

	r = config_load(parameters[0], cli->node, &cluster, &errors);
	if (r < 0) {
		for (size_t i = 0; i < errors.n; i++)
			fprintf(cli->err, "%s\n", errors.line[i]);
		if (!errors.n)
			cli_error(cli, "%s: %s", parameters[0], strerror(-r));
		config_errors_free(&errors);
		return r == -EINVAL ? CLI_BAD_CONFIG : CLI_FAILED;
	}

	data = summary_json(parameters[0], cluster);
	if (data)
		writer_show(&cli->writer, data, &view);
	cluster_free(cluster);
	return CLI_OK;
}

const struct cli_command config_commands[] = {
	{ "config", "check", "FILE", 1, 1, "e", config_check, "check a file, list all its errors" },
	{},
};
