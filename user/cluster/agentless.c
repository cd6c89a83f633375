// SPDX-License-Identifier: GPL-2.0
#include "cluster/agentless.h"

#include "cluster/member_health.h"
#include "policy/state.h"

uint8_t agentless_state(const struct cluster_state *state, const struct pool *pool, uint16_t id,
			uint8_t now, uint64_t now_ns)
{
	enum health_verdict verdict = pool->member[id].verdict;
	struct policy_input input = {
		.live = verdict == HEALTH_GOOD,
		.reachable = state->peers[id].reachable,
		.healthy = verdict == HEALTH_GOOD,
		.admin = state_admin(state, id),
		.held = member_health_held_ns(state, pool, id, now_ns),
	};

	if (verdict == HEALTH_UNKNOWN) {
		input.live = input.reachable = now & STEER_STATE_LIVE;
		input.healthy = now & STEER_STATE_HEALTHY;
	}
	return policy_state(&input);
}

enum liveness_state agentless_liveness(const struct cluster_state *state, uint16_t id)
{
	enum liveness_state liveness = LIVENESS_DOWN;
	bool any = false;

	for (size_t i = 0; i < state->config->n_pools; i++) {
		const struct pool *pool = state->in_order[i];

		if (!state_is_member(state->config, pool->config, id))
			continue;
		if (pool->member[id].verdict == HEALTH_GOOD)
			return LIVENESS_UP;
		if (pool->member[id].verdict == HEALTH_UNKNOWN)
			liveness = LIVENESS_UNKNOWN;
		any = true;
	}
	return any ? liveness : LIVENESS_UNKNOWN;
}
