// SPDX-License-Identifier: GPL-2.0
#include "cluster/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "cluster/fragment_config.h"
#include "steer/siphash.h"

static void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	for (size_t id = 0; id < STEER_MAX_NODES; id++)
		free(pool->member[id].detail);
	free(pool->table.rows);
	free(pool);
}

static void drop_pool(struct cluster_state *state, size_t index)
{
	pool_free(state->pools[index]);
	state->pools[index] = NULL;
}

struct cluster_state *state_new(void)
{
	struct cluster_state *state = calloc(1, sizeof(*state));

	if (!state)
		return NULL;
	state->fragment_pool = calloc(1, sizeof(*state->fragment_pool));
	if (!state->fragment_pool || index_alloc_init(&state->pool_index, STEER_POOL_CLUSTER) < 0 ||
	    index_alloc_init(&state->service_index, STEER_MAX_SERVICES) < 0 ||
	    index_alloc_init(&state->vip_index, STEER_MAX_VIPS) < 0) {
		state_free(state);
		return NULL;
	}
	state->fragment_pool->index = STEER_POOL_CLUSTER;
	state->pools[STEER_POOL_CLUSTER] = state->fragment_pool;
	return state;
}

static bool drop_all(void *context, const struct event *event)
{
	(void)context;
	(void)event;
	return true;
}

void state_free(struct cluster_state *state)
{
	if (!state)
		return;
	state_abort_reload(state);
	delay_queue_drop(&state->delayed, drop_all, NULL);
	for (size_t i = 0; i < STEER_MAX_POOLS; i++)
		drop_pool(state, i);
	free(state->in_order);
	free(state->fragment_config.members);
	index_alloc_free(&state->pool_index);
	index_alloc_free(&state->service_index);
	index_alloc_free(&state->vip_index);
	cluster_free(state->config);
	free(state);
}

const struct cluster_node *state_self(const struct cluster_state *state)
{
	return &state->config->nodes[state->config->self];
}

enum steer_admin state_admin(const struct cluster_state *state, uint16_t id)
{
	return state->peers[id].admin;
}

struct pool *state_pool(const struct cluster_state *state, const char *name)
{
	for (size_t i = 0; state->config && i < state->config->n_pools; i++)
		if (!strcmp(state->config->pools[i].name, name))
			return state->in_order[i];
	return NULL;
}

bool state_is_member(const struct cluster *config, const struct cluster_pool *pool, uint16_t id)
{
	for (size_t i = 0; pool && i < pool->n_members; i++)
		if (config->nodes[pool->members[i].node].id == id)
			return true;
	return false;
}

int state_begin_reload(struct cluster_state *state, const struct cluster *next,
		       const struct index_alloc *pool_index)
{
	int r = fragment_config_make(next, &state->fragment_next);

	if (r < 0)
		return r;
	state->next = next;
	state->next_in_order = calloc(next->n_pools + 1, sizeof(*state->next_in_order));
	if (!state->next_in_order) {
		state_abort_reload(state);
		return -ENOMEM;
	}
	for (size_t i = 0; i < next->n_pools; i++) {
		size_t index = index_alloc_find(pool_index, next->pools[i].name);

		if (!state->pools[index]) {
			state->pools[index] = calloc(1, sizeof(struct pool));
			if (!state->pools[index]) {
				state_abort_reload(state);
				return -ENOMEM;
			}
			state->pools[index]->index = index;
		}
		state->pools[index]->next = &next->pools[i];
	}
	state->fragment_pool->next = &state->fragment_next;
	return 0;
}

void state_abort_reload(struct cluster_state *state)
{
	if (!state->next)
		return;
	for (size_t i = 0; i < STEER_MAX_POOLS; i++) {
		struct pool *pool = state->pools[i];

		if (!pool)
			continue;
		pool->next = NULL;
		if (!pool->config && pool != state->fragment_pool)
			drop_pool(state, i);
	}
	free(TAKE_PTR(state->next_in_order));
	free(state->fragment_next.members);
	state->fragment_next = (struct cluster_pool){};
	state->next = NULL;
}

/* Pointers to the pools in the order of the configuration. */
static void order_pools(struct cluster_state *state)
{
	for (size_t i = 0; i < STEER_MAX_POOLS; i++) {
		struct pool *pool = state->pools[i];

		if (!pool || pool == state->fragment_pool)
			continue;
		pool->position = pool->config - state->config->pools;
		state->in_order[pool->position] = pool;
	}
}

struct cluster *state_commit_reload(struct cluster_state *state, struct cluster *next,
				    uint16_t ret_gone[STEER_MAX_POOLS], size_t *ret_n_gone)
{
	struct cluster *before = state->config;

	*ret_n_gone = 0;
	free(state->in_order);
	state->in_order = TAKE_PTR(state->next_in_order);
	for (size_t i = 0; i < STEER_MAX_POOLS; i++) {
		struct pool *pool = state->pools[i];

		if (!pool)
			continue;
		pool->config = TAKE_PTR(pool->next);
		if (pool->config)
			continue;
		ret_gone[(*ret_n_gone)++] = i;
		drop_pool(state, i);
	}
	free(state->fragment_config.members);
	state->fragment_config = state->fragment_next;
	state->fragment_next = (struct cluster_pool){};
	state->fragment_pool->config = &state->fragment_config;
	state->config = next;
	state->next = NULL;
	state->generation++;
	order_pools(state);
	return before;
}

void state_forget_peer(struct cluster_state *state, uint16_t id)
{
	state->peers[id] = (struct peer){};
	for (size_t i = 0; i < STEER_MAX_POOLS; i++)
		if (state->pools[i])
			state->pools[i]->member[id].unhealthy = false;
}

void state_forget_member(struct pool *pool, uint16_t id)
{
	struct member *member = &pool->member[id];

	/* What it announces it may announce before it is a member, and what was checked stays true
	 * if the configuration that it is no member of does not come into effect. */
	*member = (struct member){
		.unhealthy = member->unhealthy,
		.verdict = member->verdict,
		.told_verdict = member->told_verdict,
		.detail = member->detail,
	};
}

uint64_t state_tables_digest(const struct cluster_state *state)
{
	static const struct steer_key key = { { 0, 0 } };
	struct steer_siphash s;

	steer_sip_init(&s, &key);
	for (size_t i = 0; i < state->config->n_pools; i++)
		steer_sip_word(&s, state->in_order[i]->table.digest, 2);
	return steer_sip_end(&s, 8 * state->config->n_pools, 2);
}

void state_published(struct cluster_state *state)
{
	for (size_t i = 0; i < STEER_MAX_POOLS; i++) {
		struct pool *pool = state->pools[i];

		if (!pool)
			continue;
		memcpy(pool->published, pool->decided, sizeof(pool->published));
		pool->published_active = pool->active;
		pool->active_cause[0] = '\0';
	}
}
