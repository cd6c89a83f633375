// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "cluster/member_health.h"
#include "daemon/clock.h"
#include "daemon/status_json.h"
#include "policy/panic.h"
#include "policy/state.h"

static bool is_down(const struct daemon *daemon, const struct pool *pool,
		    const struct cluster_node *node)
{
	if (node->agentless)
		return pool->member[node->id].verdict == HEALTH_BAD;
	return daemon->state->peers[node->id].liveness == LIVENESS_DOWN;
}

const char *status_json_member(const struct daemon *daemon, const struct pool *pool,
			       const struct cluster_node *node)
{
	enum steer_admin admin = state_admin(daemon->state, node->id);
	uint8_t byte = pool->published[node->id];

	if (byte & STEER_STATE_SERVING)
		return "serving";
	if (node != state_self(daemon->state) && is_down(daemon, pool, node))
		return "down";
	if (!(byte & STEER_STATE_LIVE))
		return "unreachable";
	if (admin != STEER_ADMIN_ACTIVE)
		return policy_admin_name(admin);
	return byte & STEER_STATE_HEALTHY ? "ready" : "unhealthy";
}

/* The part of its rows' flows that it gets, how long it is still held down, and since when it could
 * be the active one of an active-passive pool. */
static void add_policy(const struct daemon *daemon, const struct pool *pool, uint16_t id,
		       json_t *json)
{
	uint64_t held_ns = member_health_held_ns(daemon->state, pool, id, clock_now_ns());
	uint64_t ready_ns = pool->member[id].ready_ns;
	double share = (double)policy_state_share(pool->published[id]) / STEER_BUCKETS;

	json_object_set_new(json, "share", json_real(share));
	json_object_set_new(json, "held_s", held_ns ? json_real(held_ns / 1e9) : json_null());
	json_object_set_new(json, "ready_s",
			    ready_ns ? json_real(status_json_since_s(ready_ns)) : json_null());
}

/* What the newest checks found, also where that is no verdict yet; "": they are not ours. */
static const char *detail_of(const struct daemon *daemon, const struct pool *pool,
			     const struct cluster_node *node)
{
	const char *detail = NULL;

	if (node == state_self(daemon->state))
		checker_get(daemon->checker, pool->position, &detail);
	else if (node->agentless)
		checker_get_member(daemon->checker, pool->position, node->id, &detail);
	return detail ?: "";
}

static json_t *member_json(const struct daemon *daemon, const struct pool *pool, size_t member)
{
	const struct cluster_member *config = &pool->config->members[member];
	const struct cluster_node *node = &daemon->state->config->nodes[config->node];
	json_t *json;

	json = json_pack(
		"{s:s, s:i, s:i, s:s, s:s}", "node", node->name, "weight", (int)config->weight,
		"rows", member < pool->table.n_rows ? (int)pool->table.rows[member] : 0, "state",
		status_json_member(daemon, pool, node), "detail", detail_of(daemon, pool, node));
	add_policy(daemon, pool, node->id, json);
	return json;
}

const char *status_json_active(const struct daemon *daemon, const struct pool *pool)
{
	const struct cluster_node *node =
		cluster_node_by_id(daemon->state->config, pool->active.node);

	return node ? node->name : NULL;
}

static json_t *active_json(const struct daemon *daemon, const struct pool *pool)
{
	const struct active *active = &pool->active;

	if (pool->config->mode != POOL_ACTIVE_PASSIVE)
		return json_null();
	return json_pack("{s:s?, s:b, s:o}", "node", status_json_active(daemon, pool), "preempt",
			 pool->config->preempt, "term",
			 active->term ? json_integer(active->term) : json_null());
}

static json_t *pool_json(const struct daemon *daemon, const struct pool *pool)
{
	const struct cluster_pool *config = pool->config;
	json_t *members = json_array();

	for (size_t i = 0; i < config->n_members; i++)
		json_array_append_new(members, member_json(daemon, pool, i));
	return json_pack("{s:s, s:i, s:s, s:o, s:b, s:i, s:s, s:f, s:{s:i, s:o, s:i, s:i}, s:o}",
			 "name", config->name, "id", (int)pool->index, "mode",
			 config->mode == POOL_ACTIVE_PASSIVE ? "active-passive" : "active-active",
			 "active", active_json(daemon, pool), "panic", pool->panic, "min_healthy",
			 (int)panic_least(&config->panic, config->n_members), "on_panic",
			 config->panic.action == PANIC_DROP ? "drop" : "all", "slow_start_s",
			 config->slow_start_ms / 1e3, "table", "rows", STEER_TABLE_ROWS, "digest",
			 status_json_hex(pool->table.digest), "former_rows",
			 (int)pool->table.former.rows, "former_forgotten",
			 (int)pool->table.former.forgotten, "members", members);
}

json_t *status_json_pools(struct daemon *daemon, const char *name)
{
	const struct cluster *config = daemon->state->config;
	json_t *list = json_array();

	for (size_t i = 0; i < config->n_pools; i++)
		if (!name || !strcmp(name, config->pools[i].name))
			json_array_append_new(list, pool_json(daemon, daemon->state->in_order[i]));
	return json_pack("{s:o}", "pools", list);
}
