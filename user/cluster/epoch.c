// SPDX-License-Identifier: GPL-2.0
#include "cluster/epoch.h"

#include "steer/siphash.h"

/* Nodes may take this long to get to the same tables. */
#define DIVERGED_NS 10000000000ULL
/* Peers that come back do so one by one. */
#define CAME_NS 1000000000ULL

/* Cut off, or just back, or with peers that have other tables, this node may be wrong about which
 * nodes live and which may have a connection. */
static bool agrees(const struct cluster_state *state, uint64_t now_ns)
{
	size_t peers = 0, up = 0;

	if (state->isolated || now_ns - state->came_ns < CAME_NS)
		return false;
	for (size_t i = 0; i < state->config->n_nodes; i++) {
		const struct peer *peer = &state->peers[state->config->nodes[i].id];

		if (i == state->config->self || state->config->nodes[i].agentless)
			continue;
		peers++;
		if (peer->liveness != LIVENESS_UP)
			continue;
		up++;
		if (peer->report.table_digest != state->table_digest)
			return false;
	}
	return up || !peers;
}

bool epoch_is_converging(struct cluster_state *state, uint64_t now_ns)
{
	if (agrees(state, now_ns))
		state->diverged_ns = 0;
	else if (!state->diverged_ns || state->isolated) /* peers may still have to come back */
		state->diverged_ns = now_ns;
	return state->diverged_ns &&
	       (now_ns - state->diverged_ns <= DIVERGED_NS || state->isolated);
}

uint64_t epoch_due_ns(const struct cluster_state *state, uint64_t now_ns)
{
	uint64_t came_ns = state->came_ns + CAME_NS, diverged_ns = state->diverged_ns + DIVERGED_NS;
	uint64_t due_ns = UINT64_MAX;

	if (state->came_ns && came_ns > now_ns)
		due_ns = came_ns;
	if (state->diverged_ns && diverged_ns >= now_ns && diverged_ns + 1 < due_ns)
		due_ns = diverged_ns + 1;
	return due_ns;
}

uint8_t epoch_combine(uint64_t rest, const uint16_t *live, size_t n)
{
	uint64_t sum = rest % STEER_EPOCHS;

	for (size_t i = 0; i < n; i++)
		sum += 1 + live[i] % (STEER_EPOCHS - 1);
	return 1 + sum % STEER_EPOCHS;
}

/* Nodes that are live in any pool. Return: how many. */
static size_t list_live(const struct cluster_state *state, uint16_t ret_live[STEER_MAX_NODES])
{
	const struct cluster *config = state->config;
	size_t n = 0;

	for (size_t i = 0; i < config->n_nodes; i++) {
		uint16_t id = config->nodes[i].id;
		bool live = false;

		for (size_t k = 0; k < config->n_pools && !live; k++)
			live = state->in_order[k]->decided[id] & STEER_STATE_LIVE;
		if (live)
			ret_live[n++] = id;
	}
	return n;
}

/* The tables, and which of the live nodes are not live in which pools. */
static uint64_t digest_rest(const struct cluster_state *state, const uint16_t *live, size_t n)
{
	static const struct steer_key key = { { 0, 0 } };
	struct steer_siphash s;
	uint64_t n_words = 0;

	steer_sip_init(&s, &key);
	for (size_t i = 0; i < state->config->n_pools; i++) {
		const struct pool *pool = state->in_order[i];

		steer_sip_word(&s, pool->table.order_digest, 2);
		n_words++;
		for (size_t k = 0; k < n; k++) {
			if (pool->decided[live[k]] & STEER_STATE_LIVE)
				continue;
			steer_sip_word(&s, (uint64_t)i << 16 | live[k], 2);
			n_words++;
		}
	}
	return steer_sip_end(&s, 8 * n_words, 2);
}

uint8_t epoch_number(const struct cluster_state *state)
{
	uint16_t live[STEER_MAX_NODES];
	size_t n = list_live(state, live);

	return epoch_combine(digest_rest(state, live, n), live, n);
}

bool epoch_changes(const struct cluster_state *state)
{
	for (size_t i = 0; i < STEER_MAX_POOLS; i++) {
		const struct pool *pool = state->pools[i];

		for (size_t id = 0; pool && pool != state->fragment_pool && id < STEER_MAX_NODES;
		     id++)
			if ((pool->published[id] ^ pool->decided[id]) & STEER_STATE_LIVE)
				return true;
	}
	return false;
}
