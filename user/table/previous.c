// SPDX-License-Identifier: GPL-2.0
#include "table/table.h"

#include <stdbool.h>

static bool holds(const struct steer_row *row, uint16_t node)
{
	size_t i;

	for (i = 0; i < STEER_RANKS; i++)
		if (row->rank[i] == node)
			return true;
	for (i = 0; i < STEER_PREVIOUS; i++)
		if (row->previous[i] == node)
			return true;
	return false;
}

static void remember(struct steer_row *row, uint16_t node, size_t *n)
{
	if (*n < STEER_PREVIOUS && node != STEER_NODE_NONE && !holds(row, node))
		row->previous[(*n)++] = node;
}

void table_set_previous(struct steer_row *rows, const struct steer_row *old, size_t n_rows)
{
	size_t r, i;

	for (r = 0; r < n_rows; r++) {
		size_t n = 0;

		for (i = 0; i < STEER_PREVIOUS; i++)
			rows[r].previous[i] = STEER_NODE_NONE;
		/* The two that may well have served, then who was remembered, then the rest. */
		for (i = 0; i < 2; i++)
			remember(&rows[r], old[r].rank[i], &n);
		for (i = 0; i < STEER_PREVIOUS; i++)
			remember(&rows[r], old[r].previous[i], &n);
		for (i = 2; i < STEER_RANKS; i++)
			remember(&rows[r], old[r].rank[i], &n);
	}
}
