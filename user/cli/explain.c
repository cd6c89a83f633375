// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "cleanup.h"
#include "cli/cli.h"
#include "cli/directory.h"
#include "cli/flow.h"
#include "cli/format.h"
#include "cli/verdicts.h"
#include "policy/state.h"

/**
 * DOC: "steer explain": what the loaded program does with a packet, and why.
 *
 * The command runs the loaded program itself on a synthetic packet. Names come from the daemon; the
 * row, the states and the next hop come from the maps that the program uses.
 */
struct question {
	struct cli *cli;
	struct datapath *datapath;
	struct directory directory;
	struct steer_flow flow;
	struct steer_explanation answer;
};

static void format_ranks(FILE *out, const json_t *ranks)
{
	const json_t *rank;
	size_t i;

	json_array_foreach (ranks, i, rank) {
		fprintf(out, "%s%s (%s)", i ? ", " : "",
			json_string_value(json_object_get(rank, "node")),
			json_string_value(json_object_get(rank, "state")));
	}
}

static void format_names(FILE *out, const json_t *names)
{
	const json_t *name;
	size_t i;

	json_array_foreach (names, i, name) {
		fprintf(out, "%s%s", i ? ", " : "", json_string_value(name));
	}
	if (!json_array_size(names))
		fputs("none", out);
}

static const struct view view = {
	.layout = VIEW_FIELDS,
	.columns =
		(const struct column[]){
			{ "flow", "flow", format_text, false },
			{ "verdict", "verdict", format_text, false },
			{ "meaning", "help", format_text, false },
			{ "service", "service", format_text, false },
			{ "pool", "pool", format_text, false },
			{ "hash", "hash", format_text, false },
			{ "row", "row", format_count, false },
			{ "ranks", "ranks", format_ranks, false },
			{ "fallback", "fallback", format_names, false },
			{ "former", "former", format_names, false },
			{ "owner", "owner", format_text, false },
			{ "target", "target", format_text, false },
			{ "hop", "hop", format_text, false },
			{ "next hop", "way", format_text, false },
			{},
		},
};

/* In slow start a node gets only a share of its flows, which may not include this one. */
static json_t *state_json(uint8_t state)
{
	unsigned int share = policy_state_share(state);

	if (share > 0 && share < STEER_BUCKETS)
		return json_sprintf("serving, share %.0f%%", 100.0 * share / STEER_BUCKETS);
	return json_string(policy_state_name(state));
}

static void set_name(json_t *data, const char *key, const struct question *q,
		     enum directory_kind kind, uint16_t id)
{
	char name[DIRECTORY_NAME_MAX];

	json_object_set_new(data, key, json_string(directory_name(&q->directory, kind, id, name)));
}

static json_t *names_json(const struct question *q, const uint16_t *elements, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		uint16_t node = STEER_ROW_NODE(elements[i]);
		char name[DIRECTORY_NAME_MAX];

		if (node == STEER_NODE_NONE)
			continue;
		directory_name(&q->directory, DIRECTORY_NODE, node, name);
		json_array_append_new(list, json_string(name));
	}
	return list;
}

static void set_row(json_t *data, const struct question *q)
{
	json_t *ranks = json_array();
	struct steer_former former;
	struct steer_row row;

	json_object_set_new(data, "row", json_integer(q->answer.row));
	if (datapath_get_row(q->datapath, q->answer.pool, q->answer.row, &row, &former) < 0) {
		json_decref(ranks);
		return;
	}
	for (size_t i = 0; i < STEER_RANKS; i++) {
		uint16_t node = STEER_ROW_NODE(row.rank[i]);
		uint8_t state = datapath_get_state(q->datapath, q->answer.pool, node);
		char name[DIRECTORY_NAME_MAX];

		if (node == STEER_NODE_NONE)
			continue;
		directory_name(&q->directory, DIRECTORY_NODE, node, name);
		json_array_append_new(
			ranks, json_pack("{s:s, s:o}", "node", name, "state", state_json(state)));
	}
	json_object_set_new(data, "ranks", ranks);
	json_object_set_new(data, "fallback", names_json(q, row.fallback, STEER_FALLBACKS));
	if (former.node[0] != STEER_NODE_NONE)
		json_object_set_new(data, "former", names_json(q, former.node, STEER_FORMER));
}

static void set_next_hop(json_t *data, const struct question *q)
{
	static const char *const kinds[] = { "", "l2", "gue", "ipip" };
	static const char *const hops[STEER_HOP_CHANCE] = { "", "fragment owner", "owner" };
	char to[FLOW_TEXT_MAX], from[FLOW_TEXT_MAX], device[IF_NAMESIZE], text[512];
	const uint8_t *mac;
	struct steer_node node;

	set_name(data, "target", q, DIRECTORY_NODE, q->answer.target);
	json_object_set_new(data, "hop",
			    json_string(q->answer.hop < STEER_HOP_CHANCE ? hops[q->answer.hop]
									 : "second chance"));
	if (datapath_get_node(q->datapath, q->answer.target, &node) < 0 ||
	    node.forward > STEER_FORWARD_IPIP)
		return;
	if (node.forward == STEER_FORWARD_NONE) {
		json_object_set_new(data, "way", json_string("unresolved"));
		return;
	}
	if (!if_indextoname(node.ifindex, device))
		snprintf(device, sizeof(device), "%u", node.ifindex);
	mac = node.dst_mac;
	snprintf(text, sizeof(text), "%s over %s to %02x:%02x:%02x:%02x:%02x:%02x",
		 kinds[node.forward], device, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	if (node.forward > STEER_FORWARD_L2)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), ", %s > %s, MTU %u",
			 flow_format_endpoint(&node.source, 0, from),
			 flow_format_endpoint(&node.addr, 0, to), node.mtu_bytes);
	json_object_set_new(data, "way", json_string(text));
}

static json_t *answer_json(const struct question *q)
{
	const struct steer_explanation *answer = &q->answer;
	const struct verdict_words *words = &verdict_words[answer->verdict];
	char flow[FLOW_TEXT_MAX], hash[24];
	json_t *data;

	data = json_pack("{s:s, s:s, s:s, s:s}", "flow", flow_format(&q->flow, flow), "verdict",
			 words->name, "class", verdict_class_names[words->class], "help",
			 words->help);
	if (answer->service != STEER_NO_SERVICE) {
		set_name(data, "service", q, DIRECTORY_SERVICE, answer->service);
		set_name(data, "pool", q, DIRECTORY_POOL, answer->pool);
		snprintf(hash, sizeof(hash), "%016llx", (unsigned long long)answer->hash);
		json_object_set_new(data, "hash", json_string(hash));
	}
	if (answer->row != STEER_NO_ROW)
		set_row(data, q);
	if (answer->owner != STEER_NODE_NONE)
		set_name(data, "owner", q, DIRECTORY_NODE, answer->owner);
	if (answer->target != STEER_NODE_NONE)
		set_next_hop(data, q);
	return data;
}

/* PROTOCOL SOURCE DESTINATION */
static int parse(struct question *q, char **parameters)
{
	struct steer_flow *flow = &q->flow;

	if (flow_parse_protocol(parameters[0], &flow->protocol) < 0) {
		cli_error(q->cli,
			  "explain: protocol \"%s\" is unknown; known: tcp, udp, sctp, icmp, "
			  "icmpv6, or a number",
			  parameters[0]);
		return -EINVAL;
	}
	for (int i = 1; i <= 2; i++) {
		if (flow_parse_endpoint(parameters[i], i == 1 ? &flow->src : &flow->dst,
					i == 1 ? &flow->sport : &flow->dport) == 0)
			continue;
		cli_error(q->cli,
			  "explain: \"%s\" is no address; write it like 192.0.2.1:80, 192.0.2.1 or "
			  "[2001:db8::1]:80",
			  parameters[i]);
		return -EINVAL;
	}
	return 0;
}

static enum cli_exit ask(struct question *q)
{
	_cleanup_(cleanup_json) json_t *data = NULL;
	struct datapath_error error = {};
	struct steer_settings settings;
	uint8_t frame[FLOW_FRAME_MAX];
	size_t bytes;

	if (datapath_get_settings(q->datapath, &settings) < 0)
		settings = (struct steer_settings){};
	bytes = flow_build(&q->flow, q->cli->syn, settings.interface[0].mac, frame);
	if (!bytes) {
		cli_error(q->cli, "explain: source and destination are of two families; give two "
				  "IPv4 or two IPv6 addresses");
		return CLI_USAGE;
	}
	if (datapath_explain(q->datapath, frame, bytes, &q->answer, &error) < 0) {
		cli_error(q->cli, "%s", error.text);
		return CLI_FAILED;
	}
	directory_load(q->cli, &q->directory);
	data = answer_json(q);
	directory_clear(&q->directory);
	writer_show(&q->cli->writer, data, &view);
	return CLI_OK;
}

static enum cli_exit explain(struct cli *cli, char **parameters)
{
	const struct datapath_options options = { .pin_root = cli->pin_dir };
	struct question q = { .cli = cli };
	struct datapath_error error = {};
	enum cli_exit exit;

	if (parse(&q, parameters) < 0)
		return CLI_USAGE;
	if (datapath_open_pinned(&options, &q.datapath, &error) < 0) {
		cli_error(cli, "%s", error.text);
		return CLI_FAILED;
	}
	exit = ask(&q);
	datapath_close(q.datapath);
	return exit;
}

const struct cli_command explain_commands[] = {
	{ "explain", NULL, "PROTO SRC[:PORT] VIP[:PORT]", 3, 3, "S", explain,
	  "what the program does with a packet, and why" },
	{},
};
