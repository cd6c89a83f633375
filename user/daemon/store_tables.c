// SPDX-License-Identifier: GPL-2.0
#include "daemon/store_tables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "cluster/table_sharing.h"
#include "cluster/table_spec.h"
#include "daemon/clock.h"
#include "daemon/publish.h"
#include "table/table.h"

/*
 * Pools that take over a table do so together, as the kernel takes its time for a write: but not
 * too many, as before Linux 6.8 it takes that for each, and nobody attends to peers meanwhile.
 */
#define TOGETHER_MAX 8

/* A pool that is to take over the table of another one. */
struct follower {
	struct pool *pool;
	const struct cluster_pool *config;
	struct shared_table table; /* what is known of it */
	size_t from;		   /* the other's index; SHARING_NONE: it has its table */
};

/* Tables are built one by one, in these. */
struct work {
	struct daemon *daemon;
	const struct cluster *config;
	bool forget; /* else: store the next configuration */
	struct table_spec spec;
	struct steer_row *rows, *old;
	struct steer_former *former, *old_former; /* of these */
	struct table_sharing sharing;		  /* the pools that are done */
	struct follower *followers;
	size_t n_followers;
	const struct cluster_pool *at; /* the one that is worked on, for error messages */
};

static void work_exit(struct work *w)
{
	table_spec_free(&w->spec);
	free(w->rows);
	free(w->old);
	free(w->former);
	free(w->old_former);
	table_sharing_free(&w->sharing);
	free(w->followers);
}

static int work_init(struct work *w, struct daemon *daemon, const struct cluster *config)
{
	int r;

	w->daemon = daemon;
	w->config = config;
	r = table_spec_init(&w->spec, config);
	if (r == 0)
		r = table_sharing_init(&w->sharing);
	if (r < 0)
		return r;
	w->rows = calloc(STEER_TABLE_ROWS, sizeof(*w->rows));
	w->old = calloc(STEER_TABLE_ROWS, sizeof(*w->old));
	w->former = calloc(STEER_TABLE_ROWS, sizeof(*w->former));
	w->old_former = calloc(STEER_TABLE_ROWS, sizeof(*w->old_former));
	w->followers = calloc(STEER_MAX_POOLS, sizeof(*w->followers));
	return w->rows && w->old && w->former && w->old_former && w->followers ? 0 : -ENOMEM;
}

/* The pools of the configuration in its order, then the fragment pool; NULL: no more. */
static struct pool *work_pool(struct work *w, size_t i)
{
	struct cluster_state *state = w->daemon->state;
	struct pool *pool = NULL;

	if (i > w->config->n_pools)
		return NULL;
	if (i == w->config->n_pools)
		pool = state->fragment_pool;
	for (size_t k = 0; !pool && k < STEER_POOL_CLUSTER; k++)
		if (state->pools[k] && (w->forget ? state->pools[k]->config
						  : state->pools[k]->next) == &w->config->pools[i])
			pool = state->pools[k];
	w->at = w->forget ? pool->config : pool->next;
	return pool;
}

/* Have a pool use the table of one that is done and has the same content. Return: whether it does.
 */
static bool join(const struct work *w, const struct pool *pool, uint64_t content_digest)
{
	size_t from = table_sharing_find_content(&w->sharing, content_digest);

	return from != SHARING_NONE &&
	       datapath_share_table(w->daemon->datapath, from, &pool->index, 1) == 0;
}

static bool differs(const struct work *w)
{
	return memcmp(w->rows, w->old, STEER_TABLE_ROWS * sizeof(*w->old)) != 0 ||
	       memcmp(w->former, w->old_former, STEER_TABLE_ROWS * sizeof(*w->former)) != 0;
}

/* Written only if it differs: nodes that forward by it go on without a change. */
static int write_table(const struct work *w, struct pool *pool, bool has_old,
		       const struct table_former *count)
{
	const struct steer_former *former = count->rows ? w->former : NULL;
	uint64_t content_digest = table_digest_all(w->rows, former, STEER_TABLE_ROWS);
	int r = 0;

	if (!join(w, pool, content_digest) && (!has_old || differs(w)))
		r = datapath_set_table(w->daemon->datapath, pool->index, w->rows, former);
	if (r < 0)
		return r;
	pool->table.digest = table_digest(w->rows, STEER_TABLE_ROWS);
	pool->table.order_digest = table_digest_order(w->rows, former, STEER_TABLE_ROWS);
	pool->table.content_digest = content_digest;
	pool->table.former = *count;
	return 0;
}

static void done(struct work *w, struct pool *pool, const struct shared_table *table)
{
	pool->table.spec_digest = table->spec_digest;
	table_sharing_add(&w->sharing, table, pool->table.content_digest);
}

static void set_count(struct pool *pool, uint32_t *count, size_t n)
{
	free(pool->table.rows);
	pool->table.rows = count;
	pool->table.n_rows = n;
}

/* The new table, and the one before. */
static int make_table(const struct work *w, struct pool *pool, bool *ret_has_old,
		      struct table_former *ret_former)
{
	uint32_t *count;
	int r;

	r = table_spec_build(&w->spec, w->at, w->rows);
	if (r < 0)
		return r;
	r = table_spec_count(&w->spec, w->at, w->rows, &count);
	if (r < 0)
		return r;
	set_count(pool, count, w->at->n_members);
	*ret_has_old =
		datapath_get_table(w->daemon->datapath, pool->index, w->old, w->old_former) == 0;
	return table_spec_set_fallback(&w->spec, w->at, *ret_has_old ? w->old : NULL, w->old_former,
				       w->rows, w->former, ret_former);
}

/* Later, if there is a pool whose table would only be built again, and is within reach. */
static bool put_off(struct work *w, struct pool *pool, const struct shared_table *table)
{
	size_t from = table_sharing_find(&w->sharing, table);

	if (from == SHARING_NONE || !datapath_get_table_id(w->daemon->datapath, from))
		return false;
	w->followers[w->n_followers++] = (struct follower){ pool, w->at, *table, from };
	return true;
}

static int store_pool(struct work *w, struct pool *pool)
{
	const struct shared_table table = {
		.index = pool->index,
		.spec_digest = table_spec_digest(&w->spec, w->at),
		.before = datapath_get_table_id(w->daemon->datapath, pool->index),
	};
	bool same =
		table.before && table.spec_digest && pool->table.spec_digest == table.spec_digest;
	struct table_former former = {};
	bool has_old = false;
	int r = 0;

	if (!same && put_off(w, pool, &table))
		return 0;
	pool->table.spec_digest = 0;
	if (!same)
		r = make_table(w, pool, &has_old, &former);
	if (r < 0)
		return r;
	publish_prepared(w->daemon, pool, !table.before);
	if (same)
		join(w, pool, pool->table.content_digest);
	else
		r = write_table(w, pool, has_old, &former);
	if (r == 0)
		done(w, pool, &table);
	return r;
}

static int copy_count(const struct pool *from, struct pool *to)
{
	uint32_t *count = calloc(from->table.n_rows, sizeof(*count));

	if (!count)
		return -ENOMEM;
	memcpy(count, from->table.rows, from->table.n_rows * sizeof(*count));
	set_count(to, count, from->table.n_rows);
	return 0;
}

/* This one, and others that take over the same table. */
static int follow_together(struct work *w, struct follower *first)
{
	const struct pool *from = w->daemon->state->pools[first->from];
	struct follower *together[TOGETHER_MAX];
	uint16_t indices[TOGETHER_MAX] = {};
	size_t n = 0;
	int r;

	for (struct follower *f = first; f < w->followers + w->n_followers && n < TOGETHER_MAX;
	     f++) {
		if (f->from != from->index)
			continue;
		w->at = f->config;
		f->from = SHARING_NONE;
		f->pool->table.spec_digest = 0;
		r = copy_count(from, f->pool);
		if (r < 0)
			return r;
		/* The members may be others than before. */
		if (!w->forget)
			publish_prepared(w->daemon, f->pool, !f->table.before);
		indices[n] = f->pool->index;
		together[n++] = f;
	}
	w->at = first->config;
	r = datapath_share_table(w->daemon->datapath, from->index, indices, n);
	for (size_t i = 0; i < n && r == 0; i++) {
		struct pool *pool = together[i]->pool;

		pool->table.digest = from->table.digest;
		pool->table.content_digest = from->table.content_digest;
		pool->table.order_digest = from->table.order_digest;
		pool->table.former = from->table.former;
		done(w, pool, &together[i]->table);
	}
	return r;
}

static int follow(struct work *w)
{
	int r = 0;

	for (size_t i = 0; i < w->n_followers && r == 0; i++) {
		if (w->followers[i].from == SHARING_NONE)
			continue;
		liveness_attend(w->daemon->liveness, 0);
		r = follow_together(w, &w->followers[i]);
	}
	return r;
}

static int store_all(struct work *w)
{
	struct pool *pool;
	int r = 0;

	for (size_t i = 0; r == 0 && (pool = work_pool(w, i)); i++) {
		/* A table may take a while, and there may be many. */
		liveness_attend(w->daemon->liveness, 0);
		r = store_pool(w, pool);
	}
	return r < 0 ? r : follow(w);
}

int store_tables(struct daemon *daemon, char ret_error[CONTROL_MESSAGE_MAX])
{
	_cleanup_(work_exit) struct work w = {};
	int r;

	r = work_init(&w, daemon, daemon->state->next);
	if (r < 0)
		return r;
	/* Also if it fails half-way. */
	daemon->state->tables_changed_ns = clock_now_ns();
	r = store_all(&w);
	if (r < 0 && w.at == daemon->state->fragment_pool->next)
		snprintf(ret_error, CONTROL_MESSAGE_MAX,
			 "the table of the fragment pool cannot be stored: %s", strerror(-r));
	else if (r < 0)
		snprintf(ret_error, CONTROL_MESSAGE_MAX, "pool %s: its table cannot be stored: %s",
			 w.at->name, strerror(-r));
	return r;
}

static int forget_pool(struct work *w, struct pool *pool)
{
	struct shared_table table = {
		.index = pool->index,
		.spec_digest = table_spec_digest(&w->spec, w->at),
	};
	struct table_former former;
	int r;

	/* Of a configuration that was refused half-way there may be another table. */
	if (pool->table.spec_digest != table.spec_digest)
		table.spec_digest = 0;
	if (put_off(w, pool, &table))
		return 0;
	pool->table.spec_digest = 0;
	r = datapath_get_table(w->daemon->datapath, pool->index, w->old, w->old_former);
	if (r < 0)
		return r;
	memcpy(w->rows, w->old, STEER_TABLE_ROWS * sizeof(*w->rows));
	r = table_spec_set_fallback(&w->spec, w->at, NULL, NULL, w->rows, w->former, &former);
	if (r == 0)
		r = write_table(w, pool, true, &former);
	if (r == 0)
		done(w, pool, &table);
	return r;
}

int store_tables_forget(struct daemon *daemon)
{
	_cleanup_(work_exit) struct work w = { .forget = true };
	struct pool *pool;
	int r, followed = 0;

	r = work_init(&w, daemon, daemon->state->config);
	for (size_t i = 0; r == 0 && (pool = work_pool(&w, i)); i++)
		r = forget_pool(&w, pool);
	/* Also after an error, or these would remember what those before them do not. */
	if (w.n_followers)
		followed = follow(&w);
	return r < 0 ? r : followed;
}
