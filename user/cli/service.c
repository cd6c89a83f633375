// SPDX-License-Identifier: GPL-2.0
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
			{ "local", "local", format_counter, false },
			{ "forward", "forward", format_counter, false },
			{ "drop", "drop", format_counter, false },
			{},
		},
};

static enum cli_exit service_show(struct cli *cli, char **parameters)
{
	return cli_ask(cli, "service.show", "service", parameters[0],
		       parameters[0] ? &one_service : &all_services);
}

const struct cli_command service_commands[] = {
	{ "service", "show", "[NAME]", 0, 1, "", service_show, "services and their packets" },
	{},
};
