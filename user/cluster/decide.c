// SPDX-License-Identifier: GPL-2.0
#include "cluster/decide.h"

#include <string.h>

#include "cluster/agentless.h"
#include "cluster/convergence.h"
#include "cluster/drain_ack.h"
#include "cluster/epoch.h"
#include "cluster/fragment_pool.h"
#include "cluster/isolation.h"
#include "cluster/member_health.h"
#include "policy/panic.h"
#include "policy/state.h"

static uint8_t by_policy(const struct cluster_state *state, const struct pool *pool, uint16_t id,
			 enum liveness_state liveness, uint64_t now_ns)
{
	const struct peer *peer = &state->peers[id];
	const struct policy_input input = {
		.live = liveness != LIVENESS_DOWN,
		.reachable = peer->reachable || liveness == LIVENESS_UNKNOWN,
		.healthy = !pool->member[id].unhealthy,
		.admin = peer->admin,
		.held = member_health_held_ns(state, pool, id, now_ns),
	};

	return policy_state(&input);
}

/* Another node, which is what it was as long as nothing better is known. */
static uint8_t peer_state(const struct cluster_state *state, const struct pool *pool, uint16_t id,
			  uint8_t now, uint64_t now_ns)
{
	enum liveness_state liveness = state->peers[id].liveness;

	if (liveness == LIVENESS_UNKNOWN)
		return policy_state_alone(now);
	/* Cut off ourselves: what we see of the others is not what they are. */
	if (state->peers[id].frozen)
		liveness = LIVENESS_UP;
	return by_policy(state, pool, id, liveness, now_ns);
}

/*
 * Our own service, as we announce it. Before the first check's result, what an earlier daemon left
 * counts. If the service flaps, it is unhealthy for all until its hold ends.
 */
static bool is_healthy(const struct cluster_state *state, const struct pool *pool, uint8_t now,
		       uint64_t now_ns)
{
	uint16_t self = state_self(state)->id;
	enum health_verdict verdict = pool->member[self].verdict;

	if (member_health_held_ns(state, pool, self, now_ns))
		return false;
	return verdict == HEALTH_GOOD || (verdict == HEALTH_UNKNOWN && now & STEER_STATE_HEALTHY);
}

static uint8_t self_state(const struct cluster_state *state, const struct pool *pool, uint8_t now,
			  uint64_t now_ns)
{
	const struct policy_input input = {
		.live = true,
		.reachable = true,
		.healthy = is_healthy(state, pool, now, now_ns),
		.admin = state_admin(state, state_self(state)->id),
	};

	return policy_state(&input);
}

/*
 * A node that is no member, or no more: it owns nothing, but as long as it lives it keeps the flows
 * it has, which only the tables of others remember. One that has never served the pool is only
 * live: connections are searched for there, but no connection id leads there.
 */
static uint8_t former_state(const struct cluster_state *state, const struct cluster *config,
			    size_t node, uint8_t now)
{
	const struct peer *peer = &state->peers[config->nodes[node].id];
	enum liveness_state liveness = peer->liveness;
	struct policy_input input = {
		.live = true,
		.reachable = true,
		.healthy = true,
		.admin = STEER_ADMIN_DRAINING,
	};

	if (config->nodes[node].agentless)
		return 0;
	if (peer->frozen)
		liveness = LIVENESS_UP;
	if (node != config->self) {
		input.reachable = peer->reachable;
		if (liveness == LIVENESS_UNKNOWN)
			input.live = input.reachable = now & STEER_STATE_LIVE;
		else
			input.live = liveness == LIVENESS_UP;
	}
	if (now & (STEER_STATE_SERVING | STEER_STATE_DRAINING))
		return policy_state(&input);
	return policy_state(&input) & STEER_STATE_LIVE;
}

static void decide_formers(const struct cluster_state *state, const struct cluster *config,
			   const struct cluster_pool *pool_config, struct pool *pool)
{
	bool member[STEER_MAX_NODES] = {};

	for (size_t i = 0; i < pool_config->n_members; i++)
		member[config->nodes[pool_config->members[i].node].id] = true;
	for (size_t i = 0; i < config->n_nodes; i++) {
		uint16_t id = config->nodes[i].id;

		if (!member[id])
			pool->decided[id] = former_state(state, config, i, pool->published[id]);
	}
}

/* Each member by itself. */
static uint8_t member_state(const struct cluster_state *state, const struct pool *pool,
			    const struct cluster_node *node, uint64_t now_ns)
{
	uint8_t now = pool->published[node->id];

	if (node == state_self(state))
		return self_state(state, pool, now, now_ns);
	if (node->agentless)
		return agentless_state(state, pool, node->id, now, now_ns);
	return peer_state(state, pool, node->id, now, now_ns);
}

static void decide_members(struct cluster_state *state, struct pool *pool, uint64_t now_ns)
{
	const struct cluster_pool *config = pool->config;
	const struct cluster_node *nodes = state->config->nodes;
	uint8_t bytes[STEER_MAX_NODES], ramp[STEER_MAX_NODES];

	for (size_t i = 0; i < config->n_members; i++) {
		const struct cluster_node *node = &nodes[config->members[i].node];

		bytes[i] = member_state(state, pool, node, now_ns);
		ramp[i] = member_health_ramp(state, pool, node->id, pool->published[node->id],
					     bytes[i], now_ns);
	}
	if (config->mode == POOL_ACTIVE_PASSIVE)
		pool->panic = election_decide(state, pool, bytes, now_ns);
	else
		pool->panic = panic_apply(&config->panic, bytes, config->n_members);
	/* In panic every member is needed at once, and an active member has no share to ramp. */
	if (config->mode != POOL_ACTIVE_PASSIVE && !pool->panic)
		for (size_t i = 0; i < config->n_members; i++)
			bytes[i] |= ramp[i];
	for (size_t i = 0; i < config->n_members; i++)
		pool->decided[nodes[config->members[i].node].id] = bytes[i];
}

void decide_announcement(const struct cluster_state *state, uint64_t now_ns,
			 struct liveness_report *ret_report)
{
	uint16_t self = state_self(state)->id;

	*ret_report = (struct liveness_report){
		.admin = state_admin(state, self),
		.load_percent = state->load_percent,
		.generation = state->generation,
		.pools_digest = state->config->pools_digest,
		.table_digest = state->table_digest,
		.admin_digest = drain_ack_digest(state),
	};
	for (size_t i = 0; i < state->config->n_pools; i++) {
		const struct pool *pool = state->in_order[i];

		/* Of pools that this node is no member of, nothing is checked here. */
		if (state_is_member(state->config, pool->config, self) &&
		    is_healthy(state, pool, pool->decided[self], now_ns))
			ret_report->health[i >> 3] |= 1 << (i & 7);
	}
	election_announce(state, ret_report, now_ns);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t due_ns(const struct cluster_state *state, uint64_t now_ns)
{
	uint64_t due_ns = isolation_due_ns(state, now_ns);

	due_ns = earlier(due_ns, epoch_due_ns(state, now_ns));
	due_ns = earlier(due_ns, convergence_due_ns(state, now_ns));
	if (state->moved_ns && now_ns - state->moved_ns < STATE_HOLD_NS)
		due_ns = earlier(due_ns, state->moved_ns + STATE_HOLD_NS);
	for (size_t i = 0; i < state->config->n_pools; i++) {
		const struct pool *pool = state->in_order[i];

		due_ns = earlier(due_ns, election_due_ns(state, pool, now_ns));
		for (size_t k = 0; k < pool->config->n_members; k++) {
			size_t node = pool->config->members[k].node;

			due_ns = earlier(due_ns, member_health_due_ns(state, pool,
								      state->config->nodes[node].id,
								      now_ns));
		}
	}
	return due_ns;
}

/* This node may be the home of flows that others have: after it was away (then peers come), after
 * another home died, and with other tables; for as long as nodes are remembered. */
static bool is_asking(const struct cluster_state *state, uint64_t now_ns)
{
	return state->tables_changed_ns ||
	       (state->moved_ns && now_ns - state->moved_ns < STATE_HOLD_NS);
}

void decide(struct cluster_state *state, uint64_t now_ns, struct decision *ret_decision)
{
	if (state->isolated)
		isolation_judge(state, now_ns);
	convergence_follow(state, now_ns);
	for (size_t i = 0; i < state->config->n_pools; i++) {
		struct pool *pool = state->in_order[i];

		memcpy(pool->decided, pool->published, sizeof(pool->decided));
		decide_formers(state, state->config, pool->config, pool);
		decide_members(state, pool, now_ns);
	}
	fragment_pool_decide(state);
	decide_announcement(state, now_ns, &ret_decision->announcement);
	ret_decision->converging = epoch_is_converging(state, now_ns);
	ret_decision->asking = is_asking(state, now_ns);
	ret_decision->epoch = epoch_number(state);
	ret_decision->next_due_ns = due_ns(state, now_ns);
}

void decide_prepare(struct cluster_state *state, struct pool *pool, bool fresh,
		    const struct election_memory *memory, uint64_t now_ns)
{
	const struct cluster *next = state->next;
	uint16_t self = next->nodes[next->self].id;

	if (pool == state->fragment_pool) {
		fragment_pool_prepare(state, fresh);
		return;
	}
	memcpy(pool->decided, pool->published, sizeof(pool->decided));
	for (uint16_t id = 1; id < STEER_MAX_NODES; id++) {
		bool known =
			state->config ? state_is_member(state->config, pool->config, id) : !fresh;
		bool member = state_is_member(next, pool->next, id);

		if (!member)
			state_forget_member(pool, id);
		if (!cluster_node_by_id(next, id))
			pool->decided[id] = 0;
		else if (member && !known && id != self)
			pool->decided[id] =
				by_policy(state, pool, id, state->peers[id].liveness, now_ns);
	}
	decide_formers(state, next, pool->next, pool);
	election_prepare(state, pool, !fresh, memory);
}
