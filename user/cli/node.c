// SPDX-License-Identifier: GPL-2.0
#include "cleanup.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "cli/wait.h"

/* The IPv4 address, or the IPv6 address of a node without one. */
static void format_address(FILE *out, const json_t *node)
{
	const json_t *address = json_object_get(node, "address");

	format_text(out, json_is_string(address) ? address : json_object_get(node, "address6"));
}

static void format_probes(FILE *out, const json_t *probes)
{
	const json_t *rejected = json_object_get(probes, "rejected_last");
	const json_t *unsent = json_object_get(probes, "unsent_last");

	format_count(out, json_object_get(probes, "sent"));
	fputs(" sent, ", out);
	format_count(out, json_object_get(probes, "answered"));
	fputs(" answered", out);
	if (json_is_string(rejected)) {
		fputs(", ", out);
		format_count(out, json_object_get(probes, "rejected"));
		fputs(" answers rejected, the last for its ", out);
		format_text(out, rejected);
	}
	if (json_is_string(unsent)) {
		fputs(", cannot be sent: ", out);
		format_text(out, unsent);
	}
}

static void format_percent(FILE *out, const json_t *value)
{
	format_count(out, value);
	if (json_is_integer(value))
		fputs("%", out);
}

static const struct view all_nodes = {
	.layout = VIEW_TABLE,
	.key = "nodes",
	.columns =
		(const struct column[]){
			{ "NODE", "name", format_text, false },
			{ "ADDRESS", "", format_address, false },
			{ "LIVE", "liveness", format_text, false },
			{ "FOR", "since_s", format_seconds, true },
			{ "RTT", "rtt_us", format_us, true },
			{ "ADMIN", "admin", format_text, false },
			{ "CONFIG", "config", format_text, false },
			{ "FORWARD", "forward", format_text, false },
			{ "SENT", "sent.packets", format_count, true },
			{},
		},
	.empty = "no nodes",
};

static const struct view one_node = {
	.layout = VIEW_FIELDS,
	.key = "nodes",
	.columns =
		(const struct column[]){
			{ "node", "name", format_text, false },
			{ "id", "id", format_count, false },
			{ "address", "address", format_text, false },
			{ "address6", "address6", format_text, false },
			{ "live", "liveness", format_text, false },
			{ "for", "since_s", format_seconds, false },
			{ "rtt", "rtt_us", format_us, false },
			{ "probes", "probes", format_probes, false },
			{ "admin", "admin", format_text, false },
			{ "config", "config", format_text, false },
			{ "differs", "differs_s", format_seconds, false },
			{ "generation", "generation", format_count, false },
			{ "tables", "tables", format_text, false },
			{ "load", "load_percent", format_percent, false },
			{ "forward", "forward", format_text, false },
			{ "mac", "mac", format_text, false },
			{ "sent", "sent", format_counter, false },
			{ "dropped", "dropped", format_counter, false },
			{},
		},
};

static void format_admin(FILE *out, const json_t *data)
{
	fputs("node ", out);
	format_text(out, json_object_get(data, "node"));
	fputs(": ", out);
	format_text(out, json_object_get(data, "admin"));
}

static const struct view admin = {
	.layout = VIEW_LINE,
	.columns = (const struct column[]){ { "", "", format_admin, false }, {} },
};

static enum cli_exit node_show(struct cli *cli, char **parameters)
{
	return cli_ask(cli, "node.show", "node", parameters[0],
		       parameters[0] ? &one_node : &all_nodes);
}

/* Names the live nodes that still do not act on it. */
static enum cli_exit judge(const struct cli *cli, const json_t *data)
{
	_cleanup_(cleanup_free) char *names = wait_missing(data);

	if (!names)
		return CLI_OK;
	cli_error(cli,
		  "node %s: %s, but these live nodes do not act on it after %s s: %s; does steerd "
		  "run there?",
		  json_string_value(json_object_get(data, "node")) ?: "",
		  json_string_value(json_object_get(data, "admin")) ?: "", cli->wait, names);
	return CLI_FAILED;
}

static enum cli_exit set_admin(struct cli *cli, const char *command, const char *name)
{
	_cleanup_(cleanup_json) json_t *arguments = json_object(), *data = NULL;
	enum cli_exit exit;
	json_int_t wait_ms;

	if (wait_parse(cli, "node", &wait_ms))
		return CLI_USAGE;
	if (name && json_object_set_new(arguments, "node", json_string(name))) {
		cli_error(cli, "node: the name is not UTF-8");
		return CLI_USAGE;
	}
	exit = wait_ask(cli, command, arguments, wait_ms, &data);
	if (!data)
		return exit;
	writer_show(&cli->writer, data, &admin);
	return exit ?: judge(cli, data);
}

static enum cli_exit node_drain(struct cli *cli, char **parameters)
{
	return set_admin(cli, "node.drain", parameters[0]);
}

static enum cli_exit node_activate(struct cli *cli, char **parameters)
{
	return set_admin(cli, "node.activate", parameters[0]);
}

const struct cli_command node_commands[] = {
	{ "node", "show", "[NAME]", 0, 1, "", node_show, "all nodes, as this node sees them" },
	{ "node", "drain", "[NAME]", 0, 1, "W", node_drain,
	  "this node gets no new flows, keeps its own" },
	{ "node", "activate", "[NAME]", 0, 1, "W", node_activate,
	  "this node gets new flows again" },
	{},
};
