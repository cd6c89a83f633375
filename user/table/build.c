// SPDX-License-Identifier: GPL-2.0
#include "table/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "table/allocate.h"

/**
 * DOC: the forwarding table of an active-active pool.
 *
 * Three steps, each in a file of its own or a function here: who owns a row (rank 0), so that every
 * member has its share within 1 %; who inherits it when the owner is down (rank 1), so that any
 * failure leaves every other member within 3 % of its new share; and the rest, in the order in
 * which the members wished for the row. docs/table.md has the reasons and the figures.
 */
#define BUILD_MAX_ROWS (1U << 20) /* what the arithmetic of scores and shares is good for */

/* When a row has not been wished for by enough members, the wishes of its neighbours will do. */
#define BUILD_NEIGHBOURS 8

static int build_compare(const void *a, const void *b)
{
	const struct table_member *x = a, *y = b;

	return (x->node > y->node) - (x->node < y->node);
}

static int build_sort(const struct table_member *members, size_t n, struct table_member *ret_sorted,
		      uint64_t *ret_total)
{
	uint64_t total = 0;
	size_t i;

	memcpy(ret_sorted, members, n * sizeof(*members));
	qsort(ret_sorted, n, sizeof(*ret_sorted), build_compare);
	for (i = 0; i < n; i++) {
		if (ret_sorted[i].node == STEER_NODE_NONE || ret_sorted[i].node >= STEER_MAX_NODES)
			return -EINVAL;
		if (!ret_sorted[i].weight || (i && ret_sorted[i].node == ret_sorted[i - 1].node))
			return -EINVAL;
		total += ret_sorted[i].weight;
	}
	*ret_total = total;
	return 0;
}

static size_t build_add(struct steer_row *row, size_t n_ranks, uint16_t node)
{
	size_t i;

	if (n_ranks == STEER_RANKS)
		return n_ranks;
	for (i = 0; i < n_ranks; i++) {
		if (row->rank[i] == node)
			return n_ranks;
	}
	row->rank[n_ranks] = node;
	return n_ranks + 1;
}

static void build_row(const struct table_member *members, size_t n,
		      const struct allocated_row *rows, const uint16_t *secondary, size_t n_rows,
		      size_t r, struct steer_row *ret_row)
{
	size_t wanted = n < STEER_RANKS ? n : STEER_RANKS;
	size_t have, i, j;

	*ret_row = (struct steer_row){ .rank[0] = members[rows[r].owner].node };
	have = 1;
	if (n > 1)
		ret_row->rank[have++] = members[secondary[r]].node;
	/* The row's own wishes are distinct, so only the heir can be among them twice. */
	for (i = 0; i < ALLOCATE_NEXT && have < wanted && rows[r].next[i] != ALLOCATE_NOBODY; i++) {
		if (rows[r].next[i] != secondary[r])
			ret_row->rank[have++] = members[rows[r].next[i]].node;
	}
	for (j = 1; j < BUILD_NEIGHBOURS && have < wanted; j++) {
		const struct allocated_row *row = &rows[(r + j) & (n_rows - 1)];

		for (i = 0; i < ALLOCATE_NEXT && row->next[i] != ALLOCATE_NOBODY; i++)
			have = build_add(ret_row, have, members[row->next[i]].node);
	}
	for (i = r; have < wanted; i++)
		have = build_add(ret_row, have, members[i % n].node);
}

int table_build(const struct table_member *members, size_t n, uint64_t seed,
		struct steer_row *ret_rows, size_t n_rows)
{
	_cleanup_(preference_exit) struct preference preference = {};
	_cleanup_(cleanup_free) struct table_member *sorted = NULL;
	_cleanup_(cleanup_free) struct allocated_row *rows = NULL;
	_cleanup_(cleanup_free) struct quota *owned = NULL;
	_cleanup_(cleanup_free) uint16_t *secondary = NULL;
	uint64_t total;
	size_t r;
	int err;

	if (!n || n >= STEER_MAX_NODES)
		return -EINVAL;
	if (!n_rows || n_rows > BUILD_MAX_ROWS || (n_rows & (n_rows - 1)))
		return -EINVAL;

	sorted = calloc(n, sizeof(*sorted));
	rows = malloc(n_rows * sizeof(*rows));
	owned = calloc(n, sizeof(*owned));
	secondary = malloc(n_rows * sizeof(*secondary));
	if (!sorted || !rows || !owned || !secondary)
		return -ENOMEM;

	err = build_sort(members, n, sorted, &total);
	if (err)
		return err;
	err = preference_init(&preference, seed, n_rows);
	if (err)
		return err;
	err = allocate_primary(sorted, n, total, &preference, owned, rows);
	if (err)
		return err;
	if (n > 1) {
		err = allocate_secondary(sorted, n, total, owned, rows, n_rows, secondary);
		if (err)
			return err;
	}
	for (r = 0; r < n_rows; r++)
		build_row(sorted, n, rows, secondary, n_rows, r, &ret_rows[r]);
	return 0;
}
