// SPDX-License-Identifier: GPL-2.0
#include "table/table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

/**
 * DOC: who else a row knows, behind its ranks.
 *
 * Who left the row under this table or one before may have flows of it; likelier ones have the
 * first claim to a place. What is left of the places goes to other nodes, so that a row of a small
 * cluster knows everybody. The order in a row does not depend on how it came about: nodes that
 * took different steps to the same table should agree on it as far as they can.
 */
#define FURTHER_STRANGER STEER_MAX_NODES /* the place of nodes that are not in the list */

struct fallback {
	const uint16_t *nodes;
	size_t n_nodes;
	bool spread;
	uint16_t place[STEER_MAX_NODES]; /* in the list, by id */
};

static bool fallback_holds(const struct steer_row *row, uint16_t node)
{
	size_t i;

	for (i = 0; i < STEER_RANKS; i++)
		if (row->rank[i] == node)
			return true;
	for (i = 0; i < STEER_FALLBACKS; i++)
		if (row->fallback[i] == node)
			return true;
	return false;
}

static void fallback_add(struct steer_row *row, uint16_t node, size_t *n)
{
	if (*n < STEER_FALLBACKS && node != STEER_NODE_NONE && !fallback_holds(row, node))
		row->fallback[(*n)++] = node;
}

/* Where in the list a row begins: all the same, or each somewhere else. */
static size_t fallback_first(const struct fallback *f, size_t r)
{
	return f->spread ? ((uint32_t)r * 0x9e3779b1U >> 8) % f->n_nodes : 0;
}

static size_t fallback_order(const struct fallback *f, size_t first, uint16_t node)
{
	size_t place = f->place[node];

	if (place == FURTHER_STRANGER)
		return FURTHER_STRANGER + node;
	return (place + f->n_nodes - first) % f->n_nodes;
}

static void fallback_sort(const struct fallback *f, size_t first, uint16_t *nodes, size_t n)
{
	size_t i, j;

	for (i = 1; i < n; i++) {
		uint16_t node = nodes[i];

		for (j = i; j > 0 &&
			    fallback_order(f, first, nodes[j - 1]) > fallback_order(f, first, node);
		     j--)
			nodes[j] = nodes[j - 1];
		nodes[j] = node;
	}
}

static void fallback_row(const struct fallback *f, size_t r, const struct steer_row *old,
			 struct steer_row *row)
{
	size_t first = fallback_first(f, r);
	size_t n = 0, i;

	memset(row->fallback, 0, sizeof(row->fallback));
	if (old) {
		/* The two that may well have served, then who left before, then the rest. */
		for (i = 0; i < 2; i++)
			fallback_add(row, old->rank[i], &n);
		for (i = 0; i < STEER_FALLBACKS; i++)
			fallback_add(row, old->fallback[i], &n);
		for (i = 2; i < STEER_RANKS; i++)
			fallback_add(row, old->rank[i], &n);
	}
	for (i = 0; i < f->n_nodes && n < STEER_FALLBACKS; i++)
		fallback_add(row, f->nodes[(first + i) % f->n_nodes], &n);
	fallback_sort(f, first, row->fallback, n);
}

int table_set_fallback(struct steer_row *rows, const struct steer_row *old, size_t n_rows,
		       const uint16_t *nodes, size_t n_nodes, bool spread)
{
	struct fallback f = { nodes, n_nodes, spread, {} };
	size_t r, i;

	for (i = 0; i < STEER_MAX_NODES; i++)
		f.place[i] = FURTHER_STRANGER;
	for (i = 0; i < n_nodes; i++) {
		if (nodes[i] == STEER_NODE_NONE || nodes[i] >= STEER_MAX_NODES ||
		    f.place[nodes[i]] != FURTHER_STRANGER)
			return -EINVAL;
		f.place[nodes[i]] = i;
	}
	if (!n_nodes)
		return -EINVAL;
	for (r = 0; r < n_rows; r++)
		fallback_row(&f, r, old ? &old[r] : NULL, &rows[r]);
	return 0;
}
