// SPDX-License-Identifier: GPL-2.0
#include "cluster/isolation.h"

#include "policy/state.h"

/* Peers that fall silent within this time of each other count as silent at once. */
#define AT_ONCE_NS 1000000000ULL
/* After isolation a peer may take this long to answer: a kernel asks for a MAC once a second. */
#define REJOIN_NS 3000000000ULL
#define JUDGE_NS 1000000000ULL

static bool fell_just_now(const struct peer *peer, uint64_t now_ns)
{
	return peer->down_ns && now_ns - peer->down_ns < AT_ONCE_NS;
}

/* Peers that answer, and those that fell silent together with the newest. */
static void count_peers(const struct cluster_state *state, uint64_t now_ns, size_t *ret_up,
			size_t *ret_silent)
{
	size_t up = 0, silent = 0;

	for (size_t i = 0; i < state->config->n_nodes; i++) {
		const struct peer *peer = &state->peers[state->config->nodes[i].id];

		if (i == state->config->self)
			continue;
		if (peer->liveness == LIVENESS_UP)
			up++;
		else if (peer->frozen || fell_just_now(peer, now_ns))
			silent++;
	}
	*ret_up = up;
	*ret_silent = silent;
}

static void freeze(struct cluster_state *state, uint64_t now_ns)
{
	for (size_t i = 0; i < state->config->n_nodes; i++) {
		struct peer *peer = &state->peers[state->config->nodes[i].id];

		if (fell_just_now(peer, now_ns))
			peer->frozen = peer->cut_off = true;
	}
}

static void end(struct cluster_state *state, size_t up)
{
	for (size_t id = 0; id < STEER_MAX_NODES; id++)
		state->peers[id].frozen = state->peers[id].cut_off = false;
	state->isolated = false;
	state->rejoined_ns = 0;
	state->n_up = up;
}

void isolation_judge(struct cluster_state *state, uint64_t now_ns)
{
	size_t up, silent;

	count_peers(state, now_ns, &up, &silent);
	if (policy_is_isolated(silent, silent + up)) {
		if (!state->isolated) {
			state->n_silent = silent;
			state->n_judged = silent + up;
		}
		state->isolated = true;
		state->rejoined_ns = 0;
		freeze(state, now_ns);
		return;
	}
	if (!state->isolated)
		return;
	/* Peers come back one by one; a peer that does not within a while is down by itself. */
	if (!state->rejoined_ns)
		state->rejoined_ns = now_ns;
	if (!silent || now_ns - state->rejoined_ns >= REJOIN_NS)
		end(state, up);
}

uint64_t isolation_due_ns(const struct cluster_state *state, uint64_t now_ns)
{
	return state->isolated ? now_ns + JUDGE_NS : UINT64_MAX;
}
