/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_UNIT_CLUSTER_WORLD_H
#define TESTS_UNIT_CLUSTER_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cluster/decide.h"
#include "cluster/inputs.h"
#include "cluster/state.h"

/**
 * DOC: a cluster_state with a configuration in effect, for tests of decisions: inputs and a time
 * go in, state bytes come out. No sockets, maps or clocks.
 *
 * Node i has the id i; node 1 is this one. All pools have all nodes as members, unless a test
 * changes that before world_apply(). The indices of the pools are not in their order.
 */
#define MS 1000000ULL
#define SECOND 1000000000ULL
#define START (1000 * SECOND) /* the time it is when a world begins */
#define DIGEST 4711	      /* of the list of pools */
#define NODES_MAX 16
#define POOLS_MAX 4

#define WELL (STEER_STATE_SERVING | STEER_STATE_LIVE | STEER_STATE_HEALTHY)
#define READY (STEER_STATE_LIVE | STEER_STATE_HEALTHY)
#define ILL STEER_STATE_LIVE
#define DRAINING (READY | STEER_STATE_DRAINING)
#define RAMP(sixteenths) ((sixteenths) << STEER_STATE_RAMP_SHIFT)

struct world {
	struct cluster_state *state;
	struct decision decision;
	uint64_t now_ns;
	size_t n_nodes, n_pools;
};

/* A configuration on the heap, as the state owns it. */
static inline struct cluster *world_config(size_t n_nodes, size_t n_pools)
{
	struct cluster *config = calloc(1, sizeof(*config));

	*config = (struct cluster){
		.name = "world",
		.liveness = { .interval_ms = 10, .multiplier = 3, .rise = 3 },
		.pools_digest = DIGEST,
		.nodes = calloc(n_nodes, sizeof(*config->nodes)),
		.n_nodes = n_nodes,
		.pools = calloc(n_pools, sizeof(*config->pools)),
		.n_pools = n_pools,
	};
	for (size_t i = 0; i < n_nodes; i++) {
		snprintf(config->nodes[i].name, CLUSTER_NAME_MAX, "n%zu", i + 1);
		config->nodes[i].id = i + 1;
	}
	for (size_t i = 0; i < n_pools; i++) {
		struct cluster_pool *pool = &config->pools[i];

		snprintf(pool->name, CLUSTER_NAME_MAX, "pool%zu", i);
		pool->members = calloc(n_nodes, sizeof(*pool->members));
		pool->n_members = n_nodes;
		for (size_t k = 0; k < n_nodes; k++)
			pool->members[k] = (struct cluster_member){ .node = k, .weight = 100 };
	}
	return config;
}

/* As a reload does: states are prepared and published, then the configuration is in effect. */
static inline void world_apply_as(struct world *w, struct cluster *config, bool fresh,
				  const struct election_memory *memory)
{
	struct cluster_state *state = w->state;
	uint16_t gone[STEER_MAX_POOLS];
	size_t n_gone;

	for (size_t i = config->n_pools; i-- > 0;)
		index_alloc_assign(&state->pool_index, config->pools[i].name);
	assert_int_equal(state_begin_reload(state, config, &state->pool_index), 0);
	for (size_t i = 0; i < STEER_MAX_POOLS; i++) {
		struct pool *pool = state->pools[i];

		if (!pool || !pool->next)
			continue;
		decide_prepare(state, pool, fresh, memory, w->now_ns);
		memcpy(pool->published, pool->decided, sizeof(pool->published));
	}
	cluster_free(state_commit_reload(state, config, gone, &n_gone));
	state->table_digest = 1;
	w->n_nodes = config->n_nodes;
	w->n_pools = config->n_pools;
}

static inline void world_apply(struct world *w, struct cluster *config)
{
	static const struct election_memory nothing;

	world_apply_as(w, config, !w->state->config, &nothing);
}

static inline struct world *world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));

	w->state = state_new();
	w->now_ns = START;
	assert_non_null(w->state);
	return w;
}

static inline void world_free(struct world *w)
{
	state_free(w->state);
	free(w);
}

static inline struct pool *pool_of(const struct world *w, size_t pool)
{
	return w->state->in_order[pool];
}

static inline struct cluster_pool *pool_config(const struct world *w, size_t pool)
{
	return &w->state->config->pools[pool];
}

/* Decide, and take what comes out for published. */
static inline void world_decide(struct world *w)
{
	decide(w->state, w->now_ns, &w->decision);
	state_published(w->state);
}

static inline uint8_t byte_of(const struct world *w, size_t pool, uint16_t id)
{
	return pool_of(w, pool)->published[id];
}

/* --- inputs --- */

static inline void peer_is(struct world *w, uint16_t id, enum liveness_state liveness)
{
	cluster_on_liveness(w->state, id, liveness, 31 * MS, w->now_ns);
}

/* What a peer announces: healthy in all pools but those of the mask. */
static inline void peer_announces(struct world *w, uint16_t id, enum steer_admin admin,
				  unsigned int unhealthy_pools)
{
	struct liveness_report report = {
		.admin = admin,
		.pools_digest = w->state->config->pools_digest,
		.table_digest = w->state->table_digest,
	};

	for (size_t i = 0; i < w->n_pools; i++)
		if (!(unhealthy_pools >> i & 1))
			report.health[i >> 3] |= 1 << (i & 7);
	cluster_on_report(w->state, id, &report);
}

/* Our own checks of all pools. */
static inline void self_is(struct world *w, enum health_verdict verdict, const char *detail)
{
	for (size_t i = 0; i < w->n_pools; i++)
		cluster_on_health(w->state, pool_of(w, i), STEER_NODE_NONE, verdict, detail,
				  w->now_ns);
}

/* All peers can be reached, are up and healthy, and so is this node; a second later all is quiet.
 */
static inline void world_settle(struct world *w)
{
	for (uint16_t id = 2; id <= w->n_nodes; id++) {
		cluster_on_nexthop(w->state, id, true);
		peer_announces(w, id, STEER_ADMIN_ACTIVE, 0);
		peer_is(w, id, LIVENESS_UP);
	}
	self_is(w, HEALTH_GOOD, "");
	world_decide(w);
	w->now_ns += 2 * SECOND;
	world_decide(w);
}

/* A world with a configuration in effect in which all nodes are well. */
static inline struct world *world_settled(size_t n_nodes, size_t n_pools)
{
	struct world *w = world_new();

	world_apply(w, world_config(n_nodes, n_pools));
	world_settle(w);
	return w;
}

#endif
