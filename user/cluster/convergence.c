// SPDX-License-Identifier: GPL-2.0
#include "cluster/convergence.h"

/* A few probes, but no less than it takes to build and store the tables of many pools. */
#define DETECTIONS 3
#define LEAST_NS 1000000000ULL

bool convergence_differs(const struct cluster_state *state, const struct liveness_report *report)
{
	return report->table_digest != state->table_digest ||
	       report->pools_digest != state->config->pools_digest;
}

void convergence_follow(struct cluster_state *state, uint64_t now_ns)
{
	for (size_t i = 0; i < state->config->n_nodes; i++) {
		const struct cluster_node *node = &state->config->nodes[i];
		struct peer *peer = &state->peers[node->id];

		if (i == state->config->self || node->agentless)
			continue;
		if (peer->liveness != LIVENESS_UP || !peer->has_report ||
		    !convergence_differs(state, &peer->report))
			peer->diverged_ns = 0;
		else if (!peer->diverged_ns)
			peer->diverged_ns = now_ns;
	}
}

uint64_t convergence_diverged_ns(const struct cluster_state *state, uint16_t id, uint64_t now_ns)
{
	uint64_t since_ns = state->peers[id].diverged_ns;

	return since_ns ? now_ns - since_ns : 0;
}

uint64_t convergence_grace_ns(const struct cluster_state *state)
{
	const struct cluster_liveness *liveness = &state->config->liveness;
	uint64_t grace_ns = liveness->interval_ms * 1000000ULL * liveness->multiplier * DETECTIONS;

	return grace_ns > LEAST_NS ? grace_ns : LEAST_NS;
}

uint64_t convergence_due_ns(const struct cluster_state *state, uint64_t now_ns)
{
	uint64_t grace_ns = convergence_grace_ns(state), due_ns = UINT64_MAX;

	for (size_t i = 0; i < state->config->n_nodes; i++) {
		const struct peer *peer = &state->peers[state->config->nodes[i].id];
		uint64_t fault_ns = peer->diverged_ns + grace_ns;

		if (peer->diverged_ns && fault_ns > now_ns && fault_ns < due_ns)
			due_ns = fault_ns;
	}
	return due_ns;
}
