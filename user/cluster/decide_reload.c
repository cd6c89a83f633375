// SPDX-License-Identifier: GPL-2.0
#include "cluster/decide_reload.h"

#include <string.h>

#include "cluster/isolation.h"

static bool is_dead(const struct cluster_state *state, uint16_t id)
{
	return state->peers[id].liveness == LIVENESS_DOWN && !state->peers[id].frozen;
}

static bool others_serve(const struct pool *pool, uint16_t except)
{
	for (uint16_t id = 1; id < STEER_MAX_NODES; id++)
		if (id != except && pool->decided[id] & STEER_STATE_SERVING)
			return true;
	return false;
}

/* The first standby that is well serves in place of the active member. */
static void promote_standby(const struct cluster_state *state, struct pool *pool)
{
	const uint8_t well = STEER_STATE_LIVE | STEER_STATE_HEALTHY;

	for (size_t i = 0; i < pool->config->n_members; i++) {
		uint16_t id = state->config->nodes[pool->config->members[i].node].id;
		uint8_t now = pool->decided[id];

		if ((now & (well | STEER_STATE_DRAINING | STEER_STATE_SERVING)) != well ||
		    state->peers[id].liveness == LIVENESS_DOWN)
			continue;
		pool->decided[id] = now | STEER_STATE_SERVING;
		return;
	}
}

static void replace_dead_active(const struct cluster_state *state, struct pool *pool)
{
	uint16_t active = pool->active.node;

	if (pool->config && pool->config->mode == POOL_ACTIVE_PASSIVE &&
	    active != STEER_NODE_NONE && is_dead(state, active) && !others_serve(pool, active))
		promote_standby(state, pool);
}

static void skip_dead(const struct cluster_state *state, struct pool *pool)
{
	for (size_t i = 0; i < state->config->n_nodes; i++) {
		uint16_t id = state->config->nodes[i].id;

		if (is_dead(state, id) && pool->decided[id] & STEER_STATE_SERVING &&
		    others_serve(pool, id))
			pool->decided[id] &= ~(STEER_STATE_SERVING | STEER_STATE_LIVE);
	}
}

void decide_reload(struct cluster_state *state, uint64_t now_ns, struct decision *ret_decision)
{
	uint64_t admin_digest = ret_decision->announcement.admin_digest;

	if (state->isolated)
		isolation_judge(state, now_ns);
	for (size_t i = 0; i < STEER_MAX_POOLS; i++) {
		struct pool *pool = state->pools[i];

		if (!pool)
			continue;
		memcpy(pool->decided, pool->published, sizeof(pool->decided));
		replace_dead_active(state, pool);
		skip_dead(state, pool);
	}
	decide_announcement(state, now_ns, &ret_decision->announcement);
	/* A drain that is heard of meanwhile is not carried out yet. */
	ret_decision->announcement.admin_digest = admin_digest;
	ret_decision->epoch = STEER_EPOCH_NONE;
	ret_decision->converging = ret_decision->asking = true;
	ret_decision->next_due_ns = UINT64_MAX;
}
