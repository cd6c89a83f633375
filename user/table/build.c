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
 * Three steps:
 *  1. primary.c chooses the owner of each row (rank 0), so that every member owns its share
 *     within 1 %.
 *  2. secondary.c chooses the node that replaces the owner (rank 1), so that the failure of any
 *     one member leaves every other one within 3 % of its new share.
 *  3. build_row() fills the other ranks with the row's runners-up, in the order of their bids.
 *
 * docs/table.md has the reasons and the figures.
 */
#define ROWS_MAX (1U << 20) /* the arithmetic of scores and shares does not overflow up to here */

/* If too few members bid for a row, the runners-up of the rows behind it fill its ranks. */
#define NEIGHBOURS 8

static int compare_ids(const void *a, const void *b)
{
	const struct table_member *x = a, *y = b;

	return (x->node > y->node) - (x->node < y->node);
}

static int sort_members(const struct table_member *members, size_t n,
			struct table_member *ret_sorted, uint64_t *ret_total)
{
	uint64_t total = 0;

	memcpy(ret_sorted, members, n * sizeof(*members));
	qsort(ret_sorted, n, sizeof(*ret_sorted), compare_ids);
	for (size_t i = 0; i < n; i++) {
		if (ret_sorted[i].node == STEER_NODE_NONE || ret_sorted[i].node >= STEER_MAX_NODES)
			return -EINVAL;
		if (!ret_sorted[i].weight || (i && ret_sorted[i].node == ret_sorted[i - 1].node))
			return -EINVAL;
		total += ret_sorted[i].weight;
	}
	*ret_total = total;
	return 0;
}

static size_t add_rank(struct steer_row *row, size_t n_ranks, uint16_t node)
{
	if (n_ranks == STEER_RANKS)
		return n_ranks;
	for (size_t i = 0; i < n_ranks; i++) {
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
	size_t have;

	*ret_row = (struct steer_row){ .rank[0] = members[rows[r].owner].node };
	have = 1;
	if (n > 1)
		ret_row->rank[have++] = members[secondary[r]].node;
	/* The row's own runners-up are distinct; only the secondary may be one of them. */
	for (size_t i = 0;
	     i < ALLOCATE_RUNNERS_UP && have < wanted && rows[r].runner_up[i] != ALLOCATE_NONE;
	     i++) {
		if (rows[r].runner_up[i] != secondary[r])
			ret_row->rank[have++] = members[rows[r].runner_up[i]].node;
	}
	for (size_t j = 1; j < NEIGHBOURS && have < wanted; j++) {
		const struct allocated_row *row = &rows[(r + j) & (n_rows - 1)];

		for (size_t i = 0; i < ALLOCATE_RUNNERS_UP && row->runner_up[i] != ALLOCATE_NONE;
		     i++)
			have = add_rank(ret_row, have, members[row->runner_up[i]].node);
	}
	for (size_t i = r; have < wanted; i++)
		have = add_rank(ret_row, have, members[i % n].node);
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
	int r;

	if (!n || n >= STEER_MAX_NODES)
		return -EINVAL;
	if (!n_rows || n_rows > ROWS_MAX || (n_rows & (n_rows - 1)))
		return -EINVAL;

	sorted = calloc(n, sizeof(*sorted));
	rows = malloc(n_rows * sizeof(*rows));
	owned = calloc(n, sizeof(*owned));
	secondary = malloc(n_rows * sizeof(*secondary));
	if (!sorted || !rows || !owned || !secondary)
		return -ENOMEM;

	r = sort_members(members, n, sorted, &total);
	if (r < 0)
		return r;
	r = preference_init(&preference, seed, n_rows);
	if (r < 0)
		return r;
	r = allocate_primary(sorted, n, total, &preference, owned, rows);
	if (r < 0)
		return r;
	if (n > 1) {
		r = allocate_secondary(sorted, n, total, owned, rows, n_rows, secondary);
		if (r < 0)
			return r;
	}
	for (size_t row = 0; row < n_rows; row++)
		build_row(sorted, n, rows, secondary, n_rows, row, &ret_rows[row]);
	return 0;
}
