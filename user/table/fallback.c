// SPDX-License-Identifier: GPL-2.0
#include "table/table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

/**
 * DOC: the fallback nodes of a row, behind its ranks.
 *
 * A node that was in the row under an earlier table may still have flows of it. Such nodes come
 * first, the likelier ones before the others. Other nodes of the cluster fill the rest, so that in
 * a small cluster a row names every node. The order within a row depends on the list of nodes and
 * the row alone, not on its history: nodes that reached the same table by different steps agree on
 * the order as far as possible.
 */
#define NOT_LISTED STEER_MAX_NODES /* index of a node that is not in the list */

struct fallback {
	const uint16_t *nodes;
	size_t n_nodes;
	bool spread;
	uint16_t index[STEER_MAX_NODES]; /* in nodes, by id */
};

static bool holds(const struct steer_row *row, uint16_t node)
{
	for (size_t i = 0; i < STEER_RANKS; i++)
		if (row->rank[i] == node)
			return true;
	for (size_t i = 0; i < STEER_FALLBACKS; i++)
		if (row->fallback[i] == node)
			return true;
	return false;
}

static void add(struct steer_row *row, uint16_t node, size_t *n)
{
	if (*n < STEER_FALLBACKS && node != STEER_NODE_NONE && !holds(row, node))
		row->fallback[(*n)++] = node;
}

/* The index in the list at which a row starts. 0x9e3779b1: 2^32 / the golden ratio. */
static size_t first_of(const struct fallback *f, size_t r)
{
	return f->spread ? ((uint32_t)r * 0x9e3779b1U >> 8) % f->n_nodes : 0;
}

static size_t order_of(const struct fallback *f, size_t first, uint16_t node)
{
	size_t index = f->index[node];

	if (index == NOT_LISTED)
		return NOT_LISTED + node;
	return (index + f->n_nodes - first) % f->n_nodes;
}

static void sort(const struct fallback *f, size_t first, uint16_t *nodes, size_t n)
{
	size_t j;

	for (size_t i = 1; i < n; i++) {
		uint16_t node = nodes[i];

		for (j = i; j > 0 && order_of(f, first, nodes[j - 1]) > order_of(f, first, node);
		     j--)
			nodes[j] = nodes[j - 1];
		nodes[j] = node;
	}
}

static void fill_row(const struct fallback *f, size_t r, const struct steer_row *old,
		     struct steer_row *row)
{
	size_t first = first_of(f, r);
	size_t n = 0;

	memset(row->fallback, 0, sizeof(row->fallback));
	if (old) {
		/* The two that most likely served, then the old fallback nodes, then the rest. */
		for (size_t i = 0; i < 2; i++)
			add(row, old->rank[i], &n);
		for (size_t i = 0; i < STEER_FALLBACKS; i++)
			add(row, old->fallback[i], &n);
		for (size_t i = 2; i < STEER_RANKS; i++)
			add(row, old->rank[i], &n);
	}
	for (size_t i = 0; i < f->n_nodes && n < STEER_FALLBACKS; i++)
		add(row, f->nodes[(first + i) % f->n_nodes], &n);
	sort(f, first, row->fallback, n);
}

int table_set_fallback(struct steer_row *rows, const struct steer_row *old, size_t n_rows,
		       const uint16_t *nodes, size_t n_nodes, bool spread)
{
	struct fallback f = { nodes, n_nodes, spread, {} };

	for (size_t i = 0; i < STEER_MAX_NODES; i++)
		f.index[i] = NOT_LISTED;
	for (size_t i = 0; i < n_nodes; i++) {
		if (nodes[i] == STEER_NODE_NONE || nodes[i] >= STEER_MAX_NODES ||
		    f.index[nodes[i]] != NOT_LISTED)
			return -EINVAL;
		f.index[nodes[i]] = i;
	}
	if (!n_nodes)
		return -EINVAL;
	for (size_t r = 0; r < n_rows; r++)
		fill_row(&f, r, old ? &old[r] : NULL, &rows[r]);
	return 0;
}
