// SPDX-License-Identifier: GPL-2.0
#include "daemon/tables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "daemon/collectors.h"
#include "daemon/layout.h"
#include "daemon/members.h"
#include "daemon/states.h"
#include "steer/siphash.h"
#include "table/table.h"

/* Tables are built one by one, in these. */
struct tables {
	struct daemon *daemon;
	const struct cluster *cluster;
	struct steer_row *rows, *old;
	uint16_t *nodes;
};

static void tables_exit(struct tables *t)
{
	free(t->rows);
	free(t->old);
	free(t->nodes);
}

static int tables_init(struct tables *t, struct daemon *daemon, const struct cluster *cluster)
{
	t->daemon = daemon;
	t->cluster = cluster;
	t->rows = calloc(STEER_TABLE_ROWS, sizeof(*t->rows));
	t->old = calloc(STEER_TABLE_ROWS, sizeof(*t->old));
	t->nodes = calloc(STEER_MAX_NODES, sizeof(*t->nodes));
	return t->rows && t->old && t->nodes ? 0 : -ENOMEM;
}

/* The pool's members in their order, then the other nodes that run Steer. */
static size_t tables_list_nodes(const struct tables *t, const struct cluster_pool *pool)
{
	bool listed[STEER_MAX_NODES] = {};
	size_t n = 0, i;
	uint16_t id;

	for (i = 0; i < pool->n_members; i++) {
		t->nodes[n++] = t->cluster->nodes[pool->members[i].node].id;
		listed[t->nodes[n - 1]] = true;
	}
	for (id = 1; id < STEER_MAX_NODES; id++) {
		const struct cluster_node *node = cluster_node_by_id(t->cluster, id);

		if (node && !listed[id] && layout_runs_steer(node))
			t->nodes[n++] = id;
	}
	return n;
}

static int tables_set_further(const struct tables *t, const struct cluster_pool *pool,
			      const struct steer_row *old)
{
	size_t n = tables_list_nodes(t, pool);

	return table_set_further(t->rows, old, STEER_TABLE_ROWS, t->nodes, n,
				 pool->mode == POOL_ACTIVE_ACTIVE);
}

static int tables_build(const struct cluster *cluster, const struct cluster_pool *pool,
			struct steer_row *rows)
{
	_cleanup_(cleanup_free) struct table_member *members =
		calloc(pool->n_members, sizeof(*members));
	static const __u64 purpose = 0x656c626174; /* "table" */
	struct steer_settings keys = {};
	size_t i;

	if (!members)
		return -ENOMEM;
	for (i = 0; i < pool->n_members; i++) {
		members[i].node = cluster->nodes[pool->members[i].node].id;
		members[i].weight = pool->members[i].weight;
	}
	if (pool->mode == POOL_ACTIVE_PASSIVE)
		return table_build_ordered(members, pool->n_members, rows, STEER_TABLE_ROWS);
	layout_keys(cluster, &keys);
	return table_build(members, pool->n_members, steer_siphash24(&keys.flow_key, &purpose, 1),
			   rows, STEER_TABLE_ROWS);
}

static int tables_count_rows(const struct cluster *cluster, const struct cluster_pool *pool,
			     const struct steer_row *rows, uint32_t **ret_rows)
{
	uint32_t *of_node = calloc(STEER_MAX_NODES, sizeof(*of_node));
	uint32_t *count = calloc(pool->n_members, sizeof(*count));
	size_t i;

	if (!of_node || !count) {
		free(of_node);
		free(count);
		return -ENOMEM;
	}
	for (i = 0; i < STEER_TABLE_ROWS; i++)
		of_node[rows[i].rank[0] % STEER_MAX_NODES]++;
	for (i = 0; i < pool->n_members; i++)
		count[i] = of_node[cluster->nodes[pool->members[i].node].id];
	free(of_node);
	*ret_rows = count;
	return 0;
}

/* Written only if it differs: nodes that forward by it go on without a change. */
static int tables_write(const struct tables *t, size_t slot, const struct steer_row *old)
{
	struct daemon_pool *known = &t->daemon->pools[slot];
	int r = 0;

	if (!old || memcmp(t->rows, old, STEER_TABLE_ROWS * sizeof(*old)) != 0)
		r = datapath_set_table(t->daemon->datapath, slot, t->rows);
	if (r < 0)
		return r;
	known->digest = table_digest(t->rows, STEER_TABLE_ROWS);
	known->view = table_digest_all(t->rows, STEER_TABLE_ROWS);
	return 0;
}

/*
 * Of all that a table is made from but the one before it. With the same, the one before would only
 * be made again: of many pools, a reload mostly changes few.
 */
static uint64_t tables_source(const struct tables *t, const struct cluster_pool *pool)
{
	size_t n = tables_list_nodes(t, pool), i;
	struct steer_settings keys = {};
	struct steer_siphash s;

	layout_keys(t->cluster, &keys);
	steer_sip_init(&s, &keys.flow_key);
	steer_sip_word(&s, (uint64_t)pool->mode << 32 | pool->n_members, 2);
	for (i = 0; i < n; i++)
		steer_sip_word(&s,
			       (uint64_t)t->nodes[i] << 32 |
				       (i < pool->n_members ? pool->members[i].weight : 0),
			       2);
	return steer_sip_end(&s, 8 * (n + 1), 2);
}

/* The new table but for who is further, and the one before. */
static int tables_make(const struct tables *t, const struct cluster_pool *pool, size_t slot,
		       const struct steer_row **ret_old)
{
	struct daemon *daemon = t->daemon;
	uint32_t *count;
	int r;

	r = tables_build(t->cluster, pool, t->rows);
	if (r < 0)
		return r;
	r = tables_count_rows(t->cluster, pool, t->rows, &count);
	if (r < 0)
		return r;
	free(daemon->pools[slot].rows);
	daemon->pools[slot].rows = count;
	daemon->pools[slot].n_rows = pool->n_members;
	*ret_old = datapath_get_table(daemon->datapath, slot, t->old) < 0 ? NULL : t->old;
	return 0;
}

static int tables_store_pool(const struct tables *t, const struct cluster_pool *pool, size_t slot)
{
	uint64_t source = tables_source(t, pool);
	struct daemon *daemon = t->daemon;
	const struct steer_row *old = NULL;
	bool same;
	int r;

	r = members_prepare(daemon, slot);
	if (r < 0)
		return r;
	same = source && daemon->pools[slot].source == source &&
	       datapath_get_row(daemon->datapath, slot, 0, t->old) == 0;
	daemon->pools[slot].source = 0;
	if (!same)
		r = tables_make(t, pool, slot, &old);
	if (r < 0)
		return r;
	if (slot == STEER_POOL_CLUSTER)
		collectors_prepare(daemon, t->cluster, !same && !old);
	else
		states_prepare(daemon, t->cluster, pool, slot, !same && !old);
	if (!same)
		r = tables_set_further(t, pool, old);
	if (r == 0 && !same)
		r = tables_write(t, slot, old);
	if (r == 0)
		daemon->pools[slot].source = source;
	return r;
}

static int tables_store_collectors(const struct tables *t, char ret_error[512])
{
	struct cluster_pool pool;
	int r;

	r = collectors_pool(t->cluster, &pool);
	if (r < 0)
		return r;
	r = tables_store_pool(t, &pool, STEER_POOL_CLUSTER);
	if (r < 0)
		snprintf(ret_error, 512, "the table of who collects fragments cannot be stored: %s",
			 strerror(-r));
	free(pool.members);
	return r;
}

int tables_store(struct daemon *daemon, const struct cluster *cluster,
		 const struct slots *pool_slots, char ret_error[512])
{
	_cleanup_(tables_exit) struct tables t = {};
	size_t i;
	int r;

	r = tables_init(&t, daemon, cluster);
	if (r < 0)
		return r;
	for (i = 0; i < cluster->n_pools; i++) {
		const char *name = cluster->pools[i].name;

		/* A table may take a while, and there may be many. */
		initiator_attend(daemon->initiator, 0);
		r = tables_store_pool(&t, &cluster->pools[i], slots_find(pool_slots, name));
		if (r < 0) {
			snprintf(ret_error, 512, "pool %s: its table cannot be stored: %s", name,
				 strerror(-r));
			return r;
		}
	}
	daemon->changed_ns = daemon_now_ns();
	return tables_store_collectors(&t, ret_error);
}

int tables_forget(struct daemon *daemon)
{
	_cleanup_(tables_exit) struct tables t = {};
	size_t i;
	int r;

	r = tables_init(&t, daemon, daemon->cluster);
	for (i = 0; i < daemon->cluster->n_pools && r == 0; i++) {
		const struct cluster_pool *pool = &daemon->cluster->pools[i];
		size_t slot = slots_find(&daemon->pool_slots, pool->name);

		r = datapath_get_table(daemon->datapath, slot, t.old);
		if (r < 0)
			break;
		memcpy(t.rows, t.old, STEER_TABLE_ROWS * sizeof(*t.rows));
		r = tables_set_further(&t, pool, NULL);
		if (r == 0)
			r = tables_write(&t, slot, t.old);
	}
	return r;
}

uint64_t tables_digest(const struct daemon *daemon)
{
	static const struct steer_key key = { { 0, 0 } };
	struct steer_siphash s;
	size_t i;

	steer_sip_init(&s, &key);
	for (i = 0; i < daemon->cluster->n_pools; i++) {
		size_t slot = slots_find(&daemon->pool_slots, daemon->cluster->pools[i].name);

		steer_sip_word(&s, daemon->pools[slot].digest, 2);
	}
	return steer_sip_end(&s, 8 * daemon->cluster->n_pools, 2);
}
