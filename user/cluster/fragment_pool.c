// SPDX-License-Identifier: GPL-2.0
#include "cluster/fragment_pool.h"

#include <string.h>

#define SERVING (STEER_STATE_SERVING | STEER_STATE_LIVE | STEER_STATE_HEALTHY)

void fragment_pool_prepare(struct cluster_state *state, bool fresh)
{
	struct pool *pool = state->fragment_pool;
	const struct cluster *next = state->next;

	memcpy(pool->decided, pool->published, sizeof(pool->decided));
	for (uint16_t id = 1; id < STEER_MAX_NODES; id++) {
		bool known =
			state->config ? state_is_member(state->config, pool->config, id) : !fresh;

		if (!state_is_member(next, pool->next, id))
			pool->decided[id] = 0;
		else if (!known || id == next->nodes[next->self].id)
			pool->decided[id] = SERVING;
	}
}

/* As everywhere: as long as nothing better is known, a node is what it was. */
static uint8_t state_of(const struct cluster_state *state, uint16_t id, uint8_t now)
{
	const struct peer *peer = &state->peers[id];

	if (id == state_self(state)->id)
		return SERVING;
	if (peer->liveness == LIVENESS_UNKNOWN)
		return now;
	return (peer->liveness == LIVENESS_UP || peer->frozen) && peer->reachable ? SERVING : 0;
}

void fragment_pool_decide(struct cluster_state *state)
{
	struct pool *pool = state->fragment_pool;

	memcpy(pool->decided, pool->published, sizeof(pool->decided));
	for (size_t i = 0; i < pool->config->n_members; i++) {
		uint16_t id = state->config->nodes[pool->config->members[i].node].id;

		pool->decided[id] = state_of(state, id, pool->published[id]);
	}
}
