// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "cli/cli.h"
#include "cli/format.h"
#include "cli/handover.h"

/* The active member and its term; only without preempt, where they are remembered. */
static void format_active(FILE *out, const json_t *active)
{
	const json_t *node = json_object_get(active, "node"),
		     *term = json_object_get(active, "term");

	if (!json_is_object(active) || json_is_true(json_object_get(active, "preempt")))
		return;
	fputs(" without preempt, ", out);
	if (json_is_string(node))
		format_text(out, node);
	else
		fputs("nobody", out);
	fputs(" active", out);
	if (json_is_integer(term)) {
		fputs(" since term ", out);
		format_count(out, term);
	}
}

static void format_pool(FILE *out, const json_t *pool)
{
	const json_t *action = json_object_get(pool, "on_panic");
	const json_t *table = json_object_get(pool, "table");

	fputs("pool ", out);
	format_text(out, json_object_get(pool, "name"));
	fputs(": ", out);
	format_text(out, json_object_get(pool, "mode"));
	format_active(out, json_object_get(pool, "active"));
	fputs(", table of ", out);
	format_count(out, json_object_get(table, "rows"));
	fputs(" rows, digest ", out);
	format_text(out, json_object_get(table, "digest"));
	if (!json_is_true(json_object_get(pool, "panic")))
		return;
	fputs("\n  PANIC: fewer than ", out);
	format_count(out, json_object_get(pool, "min_healthy"));
	fputs(" members serve, ", out);
	if (json_is_string(action) && !strcmp(json_string_value(action), "drop"))
		fputs("its packets are dropped", out);
	else
		fputs("all live ones are used", out);
}

/* The state, with what qualifies it: readiness, slow start, flap damping. */
static void format_state(FILE *out, const json_t *member)
{
	double share = json_number_value(json_object_get(member, "share"));
	const json_t *held = json_object_get(member, "held_s");
	const json_t *ready = json_object_get(member, "ready_s");

	format_text(out, json_object_get(member, "state"));
	if (json_is_number(ready)) {
		fputs(", ready for ", out);
		format_seconds(out, ready);
	}
	if (share > 0 && share < 1)
		fprintf(out, ", share %.0f%%", 100 * share);
	if (json_is_number(held)) {
		fputs(", held ", out);
		format_seconds(out, held);
	}
}

static const struct view members = {
	.layout = VIEW_TABLE,
	.key = "members",
	.columns =
		(const struct column[]){
			{ "NODE", "node", format_text, false },
			{ "WEIGHT", "weight", format_count, true },
			{ "ROWS", "rows", format_count, true },
			{ "STATE", "", format_state, false },
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
	{ "pool", "handover", "POOL NODE", 2, 2, "W", handover_run,
	  "make a ready standby the active member" },
	{},
};
