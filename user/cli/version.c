// SPDX-License-Identifier: GPL-2.0
#include "cleanup.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "steer/limits.h"

static void format_version(FILE *out, const json_t *data)
{
	fputs("steer ", out);
	format_text(out, json_object_get(data, "version"));
	fputs(", maps of schema ", out);
	format_count(out, json_object_get(data, "map_schema"));
}

static const struct view view = {
	.layout = VIEW_LINE,
	.columns = (const struct column[]){ { "", "", format_version, false }, {} },
};

static enum cli_exit version(struct cli *cli, char **parameters)
{
	_cleanup_(cleanup_json) json_t *data =
		json_pack("{s:s, s:i}", "version", STEER_VERSION, "map_schema", STEER_SCHEMA);

	(void)parameters;
	writer_show(&cli->writer, data, &view);
	return CLI_OK;
}

static enum cli_exit help(struct cli *cli, char **parameters)
{
	(void)parameters;
	commands_help(cli->writer.out);
	return CLI_OK;
}

const struct cli_command version_commands[] = {
	{ "version", NULL, "", 0, 0, "", version, "version of steer, schema of the maps" },
	{ "help", NULL, "", 0, 0, "", help, "this text" },
	{},
};
