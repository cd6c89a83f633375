// SPDX-License-Identifier: GPL-2.0
#include "cli/cli.h"
#include "cli/format.h"

static void format_pool(FILE *out, const json_t *pool)
{
	const json_t *table = json_object_get(pool, "table");

	fputs("pool ", out);
	format_text(out, json_object_get(pool, "name"));
	fputs(": ", out);
	format_text(out, json_object_get(pool, "mode"));
	fputs(", table of ", out);
	format_count(out, json_object_get(table, "rows"));
	fputs(" rows, digest ", out);
	format_text(out, json_object_get(table, "digest"));
	if (json_is_true(json_object_get(pool, "panic")))
		fputs("\n  PANIC: no member is serving, all live ones are used", out);
}

static const struct view members = {
	.layout = VIEW_TABLE,
	.key = "members",
	.columns =
		(const struct column[]){
			{ "NODE", "node", format_text, false },
			{ "WEIGHT", "weight", format_count, true },
			{ "ROWS", "rows", format_count, true },
			{ "STATE", "state", format_text, false },
			{ "DETAIL", "detail", format_text, false },
			{},
		},
	.empty = "no members",
};

static const struct view view = {
	.layout = VIEW_LINE,
	.key = "pools",
	.columns = (const struct column[]){ { "", "", format_pool, false }, {} },
	.inner = &members,
	.empty = "no pools",
};

static enum cli_exit pool_show(struct cli *cli, char **parameters)
{
	return cli_ask(cli, "pool.show", "pool", parameters[0], &view);
}

const struct cli_command pool_commands[] = {
	{ "pool", "show", "[NAME]", 0, 1, "", pool_show, "pools, their members and tables" },
	{},
};
