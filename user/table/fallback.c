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
 * A node that owned the row under an earlier table may still have connections of it. Such nodes
 * come first, in any number of tables one after the other, and what the row has no room for goes
 * to its element of steer_formers. Other nodes of the cluster fill the rest, so that in a small
 * cluster a row names every node. Nodes that only filled a place, or were a low rank, are not
 * remembered: these depend on the list of nodes and the row alone, and so does the order within a
 * row. So nodes with different histories, as one that has just joined, still agree on rows that no
 * owner has left, and in a small cluster on all.
 */
#define NOT_LISTED STEER_MAX_NODES /* index of a node that is not in the list */

#define OWNING_RANKS 3

/* Of one row, at most: ranks, fallback nodes, and those that it has no room for. */
#define OWNERS_MAX (STEER_RANKS + STEER_FALLBACKS + STEER_FORMER)

struct fallback {
	const struct table_fallback *input;
	uint16_t index[STEER_MAX_NODES]; /* in the list, by id */
};

/* The distinct nodes that owned a row, the latest first. */
struct owners {
	uint16_t node[OWNERS_MAX];
	size_t n;
};

static bool is_among(const uint16_t *nodes, size_t n, uint16_t node)
{
	for (size_t i = 0; i < n; i++)
		if (STEER_ROW_NODE(nodes[i]) == node)
			return true;
	return false;
}

static void add(struct owners *owners, uint16_t element)
{
	uint16_t node = STEER_ROW_NODE(element);

	if (node != STEER_NODE_NONE && !is_among(owners->node, owners->n, node))
		owners->node[owners->n++] = node;
}

static void add_marked(struct owners *owners, const uint16_t *elements, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (elements[i] & STEER_ROW_FORMER)
			add(owners, elements[i]);
}

/*
 * The nodes that have owned a row and are no longer among its first three ranks. Rank 1 owns while
 * the owner is away, and rank 2 while both are; the last rank hardly ever does.
 */
static struct owners owners_of(const struct table_fallback *input, size_t r,
			       const struct steer_row *row)
{
	const struct steer_row *old = input->old ? &input->old[r] : NULL;
	struct owners owners = {};

	if (!old)
		return owners;
	for (size_t i = 0; i < OWNING_RANKS; i++)
		if (!is_among(row->rank, OWNING_RANKS, STEER_ROW_NODE(old->rank[i])))
			add(&owners, old->rank[i]);
	add_marked(&owners, old->rank, STEER_RANKS);
	add_marked(&owners, old->fallback, STEER_FALLBACKS);
	for (size_t i = 0; input->old_former && i < STEER_FORMER; i++)
		add(&owners, input->old_former[r].node[i]);
	return owners;
}

/* The index in the list at which a row starts. 0x9e3779b1: 2^32 / the golden ratio. */
static size_t first_of(const struct fallback *f, size_t r)
{
	return f->input->spread ? ((uint32_t)r * 0x9e3779b1U >> 8) % f->input->n_nodes : 0;
}

static size_t order_of(const struct fallback *f, size_t first, uint16_t element)
{
	uint16_t node = STEER_ROW_NODE(element);
	size_t index = f->index[node];

	if (index == NOT_LISTED)
		return NOT_LISTED + node;
	return (index + f->input->n_nodes - first) % f->input->n_nodes;
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

/* Those that are low ranks of the new row are marked there; those that are no ranks remain. */
static void mark_ranks(struct steer_row *row, struct owners *owners)
{
	struct owners leaving = {};

	for (size_t i = 0; i < owners->n; i++)
		if (!is_among(row->rank, STEER_RANKS, owners->node[i]))
			leaving.node[leaving.n++] = owners->node[i];
	for (size_t i = OWNING_RANKS; i < STEER_RANKS; i++)
		if (is_among(owners->node, owners->n, row->rank[i]))
			row->rank[i] |= STEER_ROW_FORMER;
	*owners = leaving;
}

static void fill_row(const struct fallback *f, size_t r, struct steer_row *row,
		     struct steer_former *ret_former, struct table_former *count)
{
	const struct table_fallback *input = f->input;
	size_t first = first_of(f, r);
	struct owners owners;
	size_t n = 0, kept;

	for (size_t i = 0; i < STEER_RANKS; i++)
		row->rank[i] = STEER_ROW_NODE(row->rank[i]);
	memset(row->fallback, 0, sizeof(row->fallback));
	memset(ret_former, 0, sizeof(*ret_former));
	owners = owners_of(input, r, row);
	mark_ranks(row, &owners);
	kept = owners.n;
	if (kept > STEER_FALLBACKS + STEER_FORMER)
		kept = STEER_FALLBACKS + STEER_FORMER;
	count->forgotten += owners.n - kept;
	sort(f, first, owners.node, kept);
	for (; n < kept && n < STEER_FALLBACKS; n++)
		row->fallback[n] = owners.node[n] | STEER_ROW_FORMER;
	for (size_t i = n; i < kept; i++)
		ret_former->node[i - n] = owners.node[i];
	count->rows += kept > n;
	for (size_t i = 0; i < input->n_nodes && n < STEER_FALLBACKS; i++) {
		uint16_t node = input->nodes[(first + i) % input->n_nodes];

		if (!is_among(row->rank, STEER_RANKS, node) && !is_among(row->fallback, n, node))
			row->fallback[n++] = node;
	}
	sort(f, first, row->fallback, n);
}

int table_set_fallback(const struct table_fallback *input, struct steer_row *rows, size_t n_rows,
		       struct steer_former *ret_former, struct table_former *ret_count)
{
	struct fallback f = { .input = input };

	*ret_count = (struct table_former){};
	for (size_t i = 0; i < STEER_MAX_NODES; i++)
		f.index[i] = NOT_LISTED;
	for (size_t i = 0; i < input->n_nodes; i++) {
		uint16_t node = input->nodes[i];

		if (node == STEER_NODE_NONE || node >= STEER_MAX_NODES ||
		    f.index[node] != NOT_LISTED)
			return -EINVAL;
		f.index[node] = i;
	}
	if (!input->n_nodes)
		return -EINVAL;
	for (size_t r = 0; r < n_rows; r++)
		fill_row(&f, r, &rows[r], &ret_former[r], ret_count);
	return 0;
}
