// SPDX-License-Identifier: GPL-2.0
#include "daemon/tables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "daemon/collectors.h"
#include "daemon/members.h"
#include "daemon/recipe.h"
#include "daemon/states.h"
#include "daemon/twins.h"
#include "steer/siphash.h"
#include "table/table.h"

/*
 * Pools that take over a table do so together, as the kernel takes its time for a write: but not
 * too many, as before Linux 6.8 it takes that for each, and nobody attends to peers meanwhile.
 */
#define TABLES_TOGETHER 8

/* A pool that is to take over the table of another one. */
struct follower {
	const struct cluster_pool *pool;
	struct twin twin; /* what is known of it */
	size_t from;	  /* the other's slot; TWIN_NONE: it has its table */
};

/* Tables are built one by one, in these. */
struct tables {
	struct daemon *daemon;
	const struct cluster *cluster;
	const struct slots *slots;
	struct cluster_pool collectors;
	struct recipe recipe;
	struct steer_row *rows, *old;
	struct twins twins; /* the pools that are done */
	struct follower *followers;
	size_t n_followers;
	const struct cluster_pool *at; /* the one that is worked on, for who reports errors */
};

static void tables_exit(struct tables *t)
{
	free(t->collectors.members);
	recipe_free(&t->recipe);
	free(t->rows);
	free(t->old);
	twins_free(&t->twins);
	free(t->followers);
}

static int tables_init(struct tables *t, struct daemon *daemon, const struct cluster *cluster,
		       const struct slots *slots)
{
	int r;

	t->daemon = daemon;
	t->cluster = cluster;
	t->slots = slots;
	r = collectors_pool(cluster, &t->collectors);
	if (r == 0)
		r = recipe_init(&t->recipe, cluster);
	if (r == 0)
		r = twins_init(&t->twins);
	if (r < 0)
		return r;
	t->rows = calloc(STEER_TABLE_ROWS, sizeof(*t->rows));
	t->old = calloc(STEER_TABLE_ROWS, sizeof(*t->old));
	t->followers = calloc(STEER_MAX_POOLS, sizeof(*t->followers));
	return t->rows && t->old && t->followers ? 0 : -ENOMEM;
}

/* The pools of the configuration, then that of the collectors; NULL: no more. */
static const struct cluster_pool *tables_pool(struct tables *t, size_t i, size_t *ret_slot)
{
	if (i > t->cluster->n_pools)
		return NULL;
	t->at = i < t->cluster->n_pools ? &t->cluster->pools[i] : &t->collectors;
	*ret_slot =
		t->at == &t->collectors ? STEER_POOL_CLUSTER : slots_find(t->slots, t->at->name);
	return t->at;
}

/* Have a pool use the table of one that is done and has such a one. Return: whether it does. */
static bool tables_join(const struct tables *t, size_t slot, uint64_t view)
{
	size_t from = twins_find_view(&t->twins, view);
	const uint16_t pool = slot;

	return from != TWIN_NONE && datapath_share_table(t->daemon->datapath, from, &pool, 1) == 0;
}

/* Written only if it differs: nodes that forward by it go on without a change. */
static int tables_write(const struct tables *t, size_t slot, const struct steer_row *old)
{
	uint64_t view = table_digest_all(t->rows, STEER_TABLE_ROWS);
	struct daemon_pool *known = &t->daemon->pools[slot];
	int r = 0;

	if (!tables_join(t, slot, view) &&
	    (!old || memcmp(t->rows, old, STEER_TABLE_ROWS * sizeof(*old)) != 0))
		r = datapath_set_table(t->daemon->datapath, slot, t->rows);
	if (r < 0)
		return r;
	known->digest = table_digest(t->rows, STEER_TABLE_ROWS);
	known->view = view;
	return 0;
}

static void tables_done(struct tables *t, const struct twin *twin)
{
	struct daemon_pool *known = &t->daemon->pools[twin->slot];

	known->source = twin->source;
	twins_add(&t->twins, twin, known->view);
}

/* The new table, and the one before. */
static int tables_make(const struct tables *t, const struct cluster_pool *pool, size_t slot,
		       const struct steer_row **ret_old)
{
	struct daemon_pool *known = &t->daemon->pools[slot];
	uint32_t *count;
	int r;

	r = recipe_build(&t->recipe, pool, t->rows);
	if (r < 0)
		return r;
	r = recipe_count(&t->recipe, pool, t->rows, &count);
	if (r < 0)
		return r;
	free(known->rows);
	known->rows = count;
	known->n_rows = pool->n_members;
	*ret_old = datapath_get_table(t->daemon->datapath, slot, t->old) < 0 ? NULL : t->old;
	return recipe_fallback(&t->recipe, pool, *ret_old, t->rows);
}

/* Before its table is published: no member without a state. */
static void tables_prepare(const struct tables *t, const struct cluster_pool *pool,
			   const struct twin *twin)
{
	if (pool == &t->collectors)
		collectors_prepare(t->daemon, t->cluster, !twin->before);
	else
		states_prepare(t->daemon, t->cluster, pool, twin->slot, !twin->before);
}

/* Later, if there is a pool whose table would only be made again, and is within reach. */
static bool tables_put_off(struct tables *t, const struct cluster_pool *pool,
			   const struct twin *twin)
{
	size_t from = twins_find(&t->twins, twin);

	if (from == TWIN_NONE || !datapath_get_table_id(t->daemon->datapath, from))
		return false;
	t->followers[t->n_followers++] = (struct follower){ pool, *twin, from };
	return true;
}

static int tables_store_pool(struct tables *t, const struct cluster_pool *pool, size_t slot)
{
	struct daemon_pool *known = &t->daemon->pools[slot];
	const struct twin twin = {
		.slot = slot,
		.source = recipe_source(&t->recipe, pool),
		.before = datapath_get_table_id(t->daemon->datapath, slot),
	};
	bool same = twin.before && twin.source && known->source == twin.source;
	const struct steer_row *old = NULL;
	int r;

	r = members_prepare(t->daemon, slot);
	if (r < 0)
		return r;
	if (!same && tables_put_off(t, pool, &twin))
		return 0;
	known->source = 0;
	if (!same)
		r = tables_make(t, pool, slot, &old);
	if (r < 0)
		return r;
	tables_prepare(t, pool, &twin);
	if (same)
		tables_join(t, slot, known->view);
	else
		r = tables_write(t, slot, old);
	if (r == 0)
		tables_done(t, &twin);
	return r;
}

static int tables_copy_count(const struct daemon_pool *from, struct daemon_pool *to)
{
	uint32_t *count = calloc(from->n_rows, sizeof(*count));

	if (!count)
		return -ENOMEM;
	memcpy(count, from->rows, from->n_rows * sizeof(*count));
	free(to->rows);
	to->rows = count;
	to->n_rows = from->n_rows;
	return 0;
}

/* This one, and others that take over the same table. @prepare: it may be of other members */
static int tables_follow_together(struct tables *t, struct follower *first, bool prepare)
{
	struct daemon_pool *pools = t->daemon->pools;
	const struct cluster_pool *first_pool = first->pool;
	const size_t from = first->from;
	struct follower *together[TABLES_TOGETHER], *f;
	uint16_t slots[TABLES_TOGETHER] = {};
	size_t n = 0, i;
	int r;

	for (f = first; f < t->followers + t->n_followers && n < TABLES_TOGETHER; f++) {
		if (f->from != from)
			continue;
		t->at = f->pool;
		f->from = TWIN_NONE;
		pools[f->twin.slot].source = 0;
		r = tables_copy_count(&pools[from], &pools[f->twin.slot]);
		if (r < 0)
			return r;
		if (prepare)
			tables_prepare(t, f->pool, &f->twin);
		slots[n] = f->twin.slot;
		together[n++] = f;
	}
	t->at = first_pool;
	r = datapath_share_table(t->daemon->datapath, from, slots, n);
	for (i = 0; i < n && r == 0; i++) {
		pools[slots[i]].digest = pools[from].digest;
		pools[slots[i]].view = pools[from].view;
		tables_done(t, &together[i]->twin);
	}
	return r;
}

static int tables_follow(struct tables *t, bool prepare)
{
	size_t i;
	int r = 0;

	for (i = 0; i < t->n_followers && r == 0; i++) {
		if (t->followers[i].from == TWIN_NONE)
			continue;
		liveness_attend(t->daemon->liveness, 0);
		r = tables_follow_together(t, &t->followers[i], prepare);
	}
	return r;
}

static int tables_store_all(struct tables *t)
{
	const struct cluster_pool *pool;
	size_t i, slot;
	int r = 0;

	for (i = 0; r == 0 && (pool = tables_pool(t, i, &slot)); i++) {
		/* A table may take a while, and there may be many. */
		liveness_attend(t->daemon->liveness, 0);
		r = tables_store_pool(t, pool, slot);
	}
	return r < 0 ? r : tables_follow(t, true);
}

int tables_store(struct daemon *daemon, const struct cluster *cluster,
		 const struct slots *pool_slots, char ret_error[512])
{
	_cleanup_(tables_exit) struct tables t = {};
	int r;

	r = tables_init(&t, daemon, cluster, pool_slots);
	if (r < 0)
		return r;
	r = tables_store_all(&t);
	if (r < 0 && t.at == &t.collectors)
		snprintf(ret_error, 512, "the table of who collects fragments cannot be stored: %s",
			 strerror(-r));
	else if (r < 0)
		snprintf(ret_error, 512, "pool %s: its table cannot be stored: %s", t.at->name,
			 strerror(-r));
	else
		daemon->changed_ns = daemon_now_ns();
	return r;
}

static int tables_forget_pool(struct tables *t, const struct cluster_pool *pool, size_t slot)
{
	struct daemon_pool *known = &t->daemon->pools[slot];
	struct twin twin = { .slot = slot, .source = recipe_source(&t->recipe, pool) };
	int r;

	/* Of a configuration that was refused half-way there may be another table. */
	if (known->source != twin.source)
		twin.source = 0;
	if (tables_put_off(t, pool, &twin))
		return 0;
	known->source = 0;
	r = datapath_get_table(t->daemon->datapath, slot, t->old);
	if (r < 0)
		return r;
	memcpy(t->rows, t->old, STEER_TABLE_ROWS * sizeof(*t->rows));
	r = recipe_fallback(&t->recipe, pool, NULL, t->rows);
	if (r == 0)
		r = tables_write(t, slot, t->old);
	if (r == 0)
		tables_done(t, &twin);
	return r;
}

int tables_forget(struct daemon *daemon)
{
	_cleanup_(tables_exit) struct tables t = {};
	const struct cluster_pool *pool;
	size_t i, slot;
	int r, followed = 0;

	r = tables_init(&t, daemon, daemon->cluster, &daemon->pool_slots);
	for (i = 0; r == 0 && (pool = tables_pool(&t, i, &slot)); i++)
		r = tables_forget_pool(&t, pool, slot);
	/* Also after an error, or these would remember what those before them do not. */
	if (t.n_followers)
		followed = tables_follow(&t, false);
	return r < 0 ? r : followed;
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
