// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "cluster/agentless.h"
#include "cluster/convergence.h"
#include "config/address.h"
#include "daemon/clock.h"
#include "daemon/status_json.h"
#include "policy/state.h"

static json_t *address_json(const struct steer_addr *addr)
{
	char text[ADDRESS_TEXT_MAX];

	return address_is_none(addr) ? json_null() : json_string(address_format(addr, text));
}

const char *status_json_liveness(const struct daemon *daemon, const struct cluster_node *node)
{
	const struct cluster_state *state = daemon->state;

	if (node == state_self(state))
		return "self";
	if (node->agentless)
		return liveness_state_name(agentless_liveness(state, node->id));
	return liveness_state_name(state->peers[node->id].liveness);
}

static const char *forward_word(enum steer_forward forward)
{
	switch (forward) {
	case STEER_FORWARD_L2:
		return "l2";
	case STEER_FORWARD_GUE:
		return "gue";
	case STEER_FORWARD_IPIP:
		return "ipip";
	default:
		return "none";
	}
}

/* Of agentless nodes it is never known. */
static const char *config_word(const struct daemon *daemon, const struct cluster_node *node)
{
	const struct peer *peer = &daemon->state->peers[node->id];

	if (node == state_self(daemon->state))
		return "same";
	if (!peer->has_report)
		return "unknown";
	return convergence_differs(daemon->state, &peer->report) ? "differs" : "same";
}

static json_t *mac_json(const struct nexthop *nexthop)
{
	const uint8_t *m = nexthop->path.dst_mac;

	if (!nexthop->known)
		return json_null();
	return json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

/* What a node runs, as it announces. @load_percent: a peer's newest */
static json_t *running_json(const struct daemon *daemon, const struct cluster_node *node,
			    uint8_t load_percent)
{
	const struct cluster_state *state = daemon->state;
	const struct liveness_report *report = &state->peers[node->id].report;
	uint64_t diverged_ns = convergence_diverged_ns(state, node->id, clock_now_ns());
	json_t *differs = diverged_ns ? json_real(diverged_ns / 1e9) : json_null();

	if (node == state_self(state))
		return json_pack("{s:I, s:o, s:i, s:o}", "generation",
				 (json_int_t)state->generation, "tables",
				 status_json_hex(state->table_digest), "load_percent",
				 state->load_percent, "differs_s", differs);
	if (!state->peers[node->id].has_report)
		return json_pack("{s:n, s:n, s:n, s:o}", "generation", "tables", "load_percent",
				 "differs_s", differs);
	return json_pack("{s:I, s:o, s:i, s:o}", "generation", (json_int_t)report->generation,
			 "tables", status_json_hex(report->table_digest), "load_percent",
			 load_percent, "differs_s", differs);
}

static json_t *node_json(struct daemon *daemon, const struct cluster_node *node)
{
	bool self = node == state_self(daemon->state);
	struct liveness_peer_status status = {};
	struct steer_node_stats stats = {};
	uint64_t since_ns = daemon->started_ns;
	json_t *probes = NULL;
	json_t *json;

	if (!self && liveness_get_status(daemon->liveness, node->id, &status) == 0) {
		since_ns = status.changed_ns;
		probes = status_json_probes(&status.counters);
	}
	datapath_read_node(daemon->datapath, node->id, &stats);
	json = json_pack(
		"{s:s, s:i, s:b, s:b, s:o, s:o, s:s, s:f, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:o}",
		"name", node->name, "id", node->id, "self", self, "agentless", node->agentless,
		"address", address_json(&node->addr4), "address6", address_json(&node->addr6),
		"liveness", status_json_liveness(daemon, node), "since_s",
		status_json_since_s(since_ns), "rtt_us",
		status.counters.rtt_ns ? json_real(status.counters.rtt_ns / 1e3) : json_null(),
		"admin", policy_admin_name(state_admin(daemon->state, node->id)), "config",
		config_word(daemon, node), "forward", forward_word(node->forward), "mac",
		mac_json(&daemon->nexthop[node->id]), "sent", status_json_counter(&stats.sent),
		"dropped", status_json_counter(&stats.dropped), "probes", probes ?: json_null());
	json_object_update_new(json, running_json(daemon, node, status.counters.load_percent));
	return json;
}

json_t *status_json_nodes(struct daemon *daemon, const char *name)
{
	const struct cluster *config = daemon->state->config;
	json_t *list = json_array();

	for (size_t i = 0; i < config->n_nodes; i++)
		if (!name || !strcmp(name, config->nodes[i].name))
			json_array_append_new(list, node_json(daemon, &config->nodes[i]));
	return json_pack("{s:o}", "nodes", list);
}
