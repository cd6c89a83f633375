// SPDX-License-Identifier: GPL-2.0
#include "cluster/drain_ack.h"

#include "steer/siphash.h"

/* Whether the order of a silent node is still the same is not known, so it does not count. */
static bool is_live(const struct cluster_state *state, uint16_t id)
{
	const struct peer *peer = &state->peers[id];

	return id == state_self(state)->id || peer->frozen || peer->liveness == LIVENESS_UP;
}

uint64_t drain_ack_digest(const struct cluster_state *state)
{
	static const struct steer_key key = { { 0x64656568, 0 } }; /* on the wire since S-BFD v3 */
	uint64_t digest = 0;

	/* A sum: nodes may have them in another order. */
	for (size_t i = 0; i < state->config->n_nodes; i++) {
		const struct cluster_node *node = &state->config->nodes[i];
		enum steer_admin admin = state_admin(state, node->id);
		__u64 order = (__u64)admin << 16 | node->id;

		if (admin != STEER_ADMIN_ACTIVE && !node->agentless && is_live(state, node->id))
			digest += steer_siphash24(&key, &order, 1);
	}
	return digest;
}

size_t drain_ack_missing(const struct cluster_state *state,
			 const struct cluster_node *ret_nodes[STEER_MAX_NODES])
{
	uint64_t digest = drain_ack_digest(state);
	size_t n = 0;

	for (size_t i = 0; i < state->config->n_nodes; i++) {
		const struct cluster_node *node = &state->config->nodes[i];
		const struct peer *peer = &state->peers[node->id];

		if (i == state->config->self || node->agentless || !is_live(state, node->id))
			continue;
		if (peer->liveness != LIVENESS_UP || peer->report.admin_digest != digest)
			ret_nodes[n++] = node;
	}
	return n;
}
