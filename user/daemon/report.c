// SPDX-License-Identifier: GPL-2.0
#include "daemon/report.h"

#include <stdio.h>
#include <string.h>

#include "config/address.h"
#include "daemon/admin.h"
#include "daemon/agentless.h"
#include "daemon/agreement.h"
#include "daemon/members.h"
#include "daemon/states.h"
#include "policy/panic.h"
#include "policy/state.h"

static double report_seconds_since(uint64_t then_ns)
{
	return (daemon_now_ns() - then_ns) / 1e9;
}

static json_t *report_hex(uint64_t value)
{
	char text[17];

	snprintf(text, sizeof(text), "%016llx", (unsigned long long)value);
	return json_string(text);
}

static json_t *report_address(const struct steer_addr *addr)
{
	char text[ADDRESS_TEXT_MAX];

	return address_is_none(addr) ? json_null() : json_string(address_format(addr, text));
}

json_t *report_counter(const struct steer_counter *counter)
{
	return json_pack("{s:I, s:I}", "packets", (json_int_t)counter->packets, "bytes",
			 (json_int_t)counter->bytes);
}

/* --- nodes --- */

static const char *report_liveness(const struct daemon *daemon, const struct cluster_node *node)
{
	if (node == daemon_self(daemon))
		return "self";
	if (node->agentless)
		return liveness_state_name(agentless_liveness(daemon, node->id));
	return liveness_state_name(states_of_peer(daemon, node->id));
}

static const char *report_forward_word(enum steer_forward forward)
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

static const char *report_config_word(const struct daemon *daemon,
				      const struct liveness_peer_status *status)
{
	if (!status->has_report)
		return "unknown"; /* always, of agentless ones */
	return agreement_differs(daemon, &status->report) ? "differs" : "same";
}

static json_t *report_mac(const struct daemon_peer *peer)
{
	const uint8_t *m = peer->path.dst_mac;

	if (!peer->has_path)
		return json_null();
	return json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

/* What a node runs, as it says. */
static json_t *report_running(const struct daemon *daemon, const struct cluster_node *node,
			      const struct liveness_peer_status *status)
{
	uint64_t differs_ns = agreement_differs_ns(daemon, node->id);
	json_t *differs = differs_ns ? json_real(differs_ns / 1e9) : json_null();

	if (node == daemon_self(daemon))
		return json_pack("{s:I, s:o, s:i, s:o}", "generation",
				 (json_int_t)daemon->generation, "tables",
				 report_hex(daemon->table_digest), "load_percent",
				 daemon->load.percent, "differs_s", differs);
	if (!status->has_report)
		return json_pack("{s:n, s:n, s:n, s:o}", "generation", "tables", "load_percent",
				 "differs_s", differs);
	return json_pack("{s:I, s:o, s:i, s:o}", "generation",
			 (json_int_t)status->report.generation, "tables",
			 report_hex(status->report.table_digest), "load_percent",
			 status->counters.load_percent, "differs_s", differs);
}

static json_t *report_node(struct daemon *daemon, const struct cluster_node *node)
{
	const struct daemon_peer *peer = &daemon->peers[node->id];
	bool self = node == daemon_self(daemon);
	struct liveness_peer_status status = {};
	struct steer_node_stats stats = {};
	uint64_t since_ns = daemon->started_ns;
	json_t *probes = NULL;
	json_t *report;

	if (!self && liveness_get_status(daemon->liveness, node->id, &status) == 0) {
		since_ns = status.changed_ns;
		probes = report_probes(&status.counters);
	}
	datapath_read_node(daemon->datapath, node->id, &stats);
	report = json_pack(
		"{s:s, s:i, s:b, s:b, s:o, s:o, s:s, s:f, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:o}",
		"name", node->name, "id", node->id, "self", self, "agentless", node->agentless,
		"address", report_address(&node->addr4), "address6", report_address(&node->addr6),
		"liveness", report_liveness(daemon, node), "since_s",
		report_seconds_since(since_ns), "rtt_us",
		status.counters.rtt_ns ? json_real(status.counters.rtt_ns / 1e3) : json_null(),
		"admin", admin_name(self ? daemon->admin : peer->admin), "config",
		self ? "same" : report_config_word(daemon, &status), "forward",
		report_forward_word(node->forward), "mac", report_mac(peer), "sent",
		report_counter(&stats.sent), "dropped", report_counter(&stats.dropped), "probes",
		probes ?: json_null());
	json_object_update_new(report, report_running(daemon, node, &status));
	return report;
}

json_t *report_nodes(struct daemon *daemon, const char *name)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < daemon->cluster->n_nodes; i++) {
		const struct cluster_node *node = &daemon->cluster->nodes[i];

		if (!name || !strcmp(name, node->name))
			json_array_append_new(list, report_node(daemon, node));
	}
	return json_pack("{s:o}", "nodes", list);
}

/* --- pools --- */

static bool report_is_down(const struct daemon *daemon, size_t pool_index,
			   const struct cluster_node *node)
{
	if (node->agentless)
		return checker_get_member(daemon->checker, pool_index, node->id, NULL) ==
		       HEALTH_BAD;
	return states_of_peer(daemon, node->id) == LIVENESS_DOWN;
}

static const char *report_member_word(const struct daemon *daemon, size_t pool_index,
				      const struct cluster_node *node, uint8_t state)
{
	bool self = node == daemon_self(daemon);
	enum steer_admin admin = self ? daemon->admin : daemon->peers[node->id].admin;

	if (state & STEER_STATE_SERVING)
		return "serving";
	if (!self && report_is_down(daemon, pool_index, node))
		return "down";
	if (!(state & STEER_STATE_LIVE))
		return "unreachable";
	if (admin != STEER_ADMIN_ACTIVE)
		return admin_name(admin);
	return state & STEER_STATE_HEALTHY ? "ready" : "unhealthy";
}

/* Which part of its rows' flows it gets, how long it is held down yet, and since when it could be
 * the active one of an active-passive pool. */
static void report_add_policy(const struct daemon *daemon, size_t slot, uint16_t id, uint8_t state,
			      json_t *member)
{
	uint64_t ready_ns = daemon->pools[slot].members[id].ready_ns;
	uint64_t held_ns = members_held_ns(daemon, slot, id, daemon_now_ns());
	double share = (double)policy_state_share(state) / STEER_BUCKETS;

	json_object_set_new(member, "share", json_real(share));
	json_object_set_new(member, "held_s", held_ns ? json_real(held_ns / 1e9) : json_null());
	json_object_set_new(member, "ready_s",
			    ready_ns ? json_real(report_seconds_since(ready_ns)) : json_null());
}

static json_t *report_member(struct daemon *daemon, size_t pool_index, size_t slot, size_t member)
{
	const struct cluster_pool *pool = &daemon->cluster->pools[pool_index];
	const struct cluster_node *node = &daemon->cluster->nodes[pool->members[member].node];
	uint8_t state = states_get(daemon, pool, member);
	const struct daemon_pool *known = &daemon->pools[slot];
	const char *detail = NULL;
	json_t *report;

	if (node == daemon_self(daemon))
		checker_get(daemon->checker, pool_index, &detail);
	else if (node->agentless)
		checker_get_member(daemon->checker, pool_index, node->id, &detail);
	report = json_pack("{s:s, s:i, s:i, s:s, s:s}", "node", node->name, "weight",
			   (int)pool->members[member].weight, "rows",
			   member < known->n_rows ? (int)known->rows[member] : 0, "state",
			   report_member_word(daemon, pool_index, node, state), "detail",
			   detail ? detail : "");
	report_add_policy(daemon, slot, node->id, state, report);
	return report;
}

static const char *report_panic_word(const struct cluster_pool *pool)
{
	return pool->panic.action == PANIC_DROP ? "drop" : "all";
}

/* The active member of an active-passive pool; NULL: nobody. */
static const char *report_active_name(const struct daemon *daemon, size_t slot)
{
	uint16_t id = daemon->pools[slot].active.node;
	const struct cluster_node *node = cluster_node_by_id(daemon->cluster, id);

	return node ? node->name : NULL;
}

/* Of an active-passive pool. */
static json_t *report_active(const struct daemon *daemon, const struct cluster_pool *pool,
			     size_t slot)
{
	const struct active *active = &daemon->pools[slot].active;

	if (pool->mode != POOL_ACTIVE_PASSIVE)
		return json_null();
	return json_pack("{s:s?, s:b, s:o}", "node", report_active_name(daemon, slot), "preempt",
			 pool->preempt, "term",
			 active->term ? json_integer(active->term) : json_null());
}

static json_t *report_pool(struct daemon *daemon, size_t index)
{
	const struct cluster_pool *pool = &daemon->cluster->pools[index];
	size_t slot = slots_find(&daemon->pool_slots, pool->name);
	json_t *members = json_array();
	size_t i;

	for (i = 0; i < pool->n_members; i++)
		json_array_append_new(members, report_member(daemon, index, slot, i));
	return json_pack("{s:s, s:i, s:s, s:o, s:b, s:i, s:s, s:f, s:{s:i, s:o}, s:o}", "name",
			 pool->name, "id", (int)slot, "mode",
			 pool->mode == POOL_ACTIVE_PASSIVE ? "active-passive" : "active-active",
			 "active", report_active(daemon, pool, slot), "panic",
			 daemon->pools[slot].panic, "min_healthy",
			 (int)panic_least(&pool->panic, pool->n_members), "on_panic",
			 report_panic_word(pool), "slow_start_s", pool->slow_start_ms / 1e3,
			 "table", "rows", STEER_TABLE_ROWS, "digest",
			 report_hex(daemon->pools[slot].digest), "members", members);
}

json_t *report_pools(struct daemon *daemon, const char *name)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < daemon->cluster->n_pools; i++)
		if (!name || !strcmp(name, daemon->cluster->pools[i].name))
			json_array_append_new(list, report_pool(daemon, i));
	return json_pack("{s:o}", "pools", list);
}

/* --- status --- */

static json_t *report_disagreement(const struct daemon *daemon, const struct cluster_node *node,
				   const struct liveness_peer_status *status)
{
	return json_sprintf(
		"node %s: other %s than ours for %.0f s; compare configurations", node->name,
		status->report.pools_digest != daemon->cluster->pools_digest ? "pools" : "tables",
		agreement_differs_ns(daemon, node->id) / 1e9);
}

/* Everything that somebody should look at, in words. */
static json_t *report_degraded(struct daemon *daemon)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < daemon->n_ports; i++)
		if (!daemon->attached[i])
			json_array_append_new(list, json_sprintf("interface %s: the program is not "
								 "attached any more; restart "
								 "steerd",
								 daemon->port_name[i]));
	if (daemon->isolated)
		json_array_append_new(list,
				      json_string("isolated: most peers fell silent at once"));
	if (daemon->config_error[0])
		json_array_append_new(list,
				      json_sprintf("configuration: the last reload was refused: %s",
						   daemon->config_error));
	for (i = 0; i < daemon->cluster->n_nodes; i++) {
		const struct cluster_node *node = &daemon->cluster->nodes[i];
		struct liveness_peer_status status;

		if (liveness_get_status(daemon->liveness, node->id, &status) < 0)
			continue;
		if (status.state == LIVENESS_DOWN)
			json_array_append_new(list, json_sprintf("node %s: down", node->name));
		else if (agreement_differs_ns(daemon, node->id) > agreement_grace_ns(daemon))
			json_array_append_new(list, report_disagreement(daemon, node, &status));
	}
	for (i = 0; i < daemon->cluster->n_pools; i++) {
		const struct cluster_pool *pool = &daemon->cluster->pools[i];
		size_t k;

		if (daemon->pools[slots_find(&daemon->pool_slots, pool->name)].panic)
			json_array_append_new(
				list,
				json_sprintf("pool %s: fewer than %zu members serve, %s",
					     pool->name, panic_least(&pool->panic, pool->n_members),
					     pool->panic.action == PANIC_DROP
						     ? "its packets are dropped"
						     : "all live ones are used"));
		for (k = 0; k < pool->n_members; k++) {
			const struct cluster_node *node =
				&daemon->cluster->nodes[pool->members[k].node];

			const char *word =
				report_member_word(daemon, i, node, states_get(daemon, pool, k));
			size_t slot = slots_find(&daemon->pool_slots, pool->name);
			uint64_t held_ns = members_held_ns(daemon, slot, node->id, daemon_now_ns());

			if (held_ns)
				json_array_append_new(
					list, json_sprintf("pool %s: node %s keeps failing, and is "
							   "held down for %.1f s",
							   pool->name, node->name, held_ns / 1e9));
			if (!strcmp(word, "unhealthy") ||
			    (node->agentless && !strcmp(word, "down")))
				json_array_append_new(list,
						      json_sprintf("pool %s: %s on node %s",
								   pool->name, word, node->name));
		}
	}
	return list;
}

static json_t *report_pool_summary(struct daemon *daemon, const struct cluster_pool *pool)
{
	size_t slot = slots_find(&daemon->pool_slots, pool->name);
	int serving = 0;
	size_t i;

	for (i = 0; i < pool->n_members; i++)
		serving += !!(states_get(daemon, pool, i) & STEER_STATE_SERVING);
	return json_pack("{s:s, s:i, s:i, s:s?, s:b}", "name", pool->name, "members",
			 (int)pool->n_members, "serving", serving, "active",
			 report_active_name(daemon, slot), "panic", daemon->pools[slot].panic);
}

static json_t *report_program(struct daemon *daemon, size_t i)
{
	struct datapath_info info;

	datapath_get_info(daemon->datapath, i, &info);
	return json_pack("{s:I, s:s, s:s, s:s, s:b, s:b, s:b}", "id", (json_int_t)info.program_id,
			 "tag", info.program_tag, "interface", info.interface, "mode",
			 info.mode == DATAPATH_MODE_NATIVE ? "native" : "generic", "dispatcher",
			 info.dispatcher, "attached", daemon->attached[i], "adopted", info.adopted);
}

static json_t *report_config(struct daemon *daemon)
{
	return json_pack("{s:s, s:o, s:f, s:o}", "path", daemon->options.config_path, "digest",
			 report_hex(daemon->cluster->digest), "loaded_ago_s",
			 report_seconds_since(daemon->loaded_ns), "error",
			 daemon->config_error[0] ? json_string(daemon->config_error) : json_null());
}

json_t *report_status(struct daemon *daemon, bool *ret_degraded)
{
	const struct cluster *cluster = daemon->cluster;
	json_t *degraded = report_degraded(daemon);
	json_t *programs = json_array();
	json_t *pools = json_array();
	int live = 1;
	size_t i;

	for (i = 0; i < cluster->n_nodes; i++) {
		const struct cluster_node *node = &cluster->nodes[i];

		live += i != cluster->self && !strcmp(report_liveness(daemon, node), "up");
	}
	for (i = 0; i < daemon->n_ports; i++)
		json_array_append_new(programs, report_program(daemon, i));
	for (i = 0; i < cluster->n_pools; i++)
		json_array_append_new(pools, report_pool_summary(daemon, &cluster->pools[i]));
	*ret_degraded = json_array_size(degraded) > 0;
	return json_pack("{s:s, s:s, s:s, s:i, s:s, s:b, s:o, s:o, s:o, s:{s:i, s:i}, s:o, s:o, "
			 "s:i, s:o, s:f}",
			 "node", daemon_self(daemon)->name, "cluster", cluster->name, "version",
			 STEER_VERSION, "generation", (int)daemon->generation, "admin",
			 admin_name(daemon->admin), "isolated", daemon->isolated, "degraded",
			 degraded, "program", report_program(daemon, 0), "programs", programs,
			 "nodes", "total", (int)cluster->n_nodes, "live", live, "liveness",
			 report_probing(daemon), "pools", pools, "services",
			 (int)cluster->n_services, "config", report_config(daemon), "uptime_s",
			 report_seconds_since(daemon->started_ns));
}
