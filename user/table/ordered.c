// SPDX-License-Identifier: GPL-2.0
#include "table/table.h"

#include <errno.h>

/**
 * DOC: the forwarding table of an active-passive pool: all rows alike.
 *
 * It has the shape of any other table, so the program that reads it knows of one mode only.
 */
static int ordered_check(const struct table_member *members, size_t n)
{
	uint8_t seen[STEER_MAX_NODES] = {};
	size_t i;

	for (i = 0; i < n; i++) {
		uint16_t node = members[i].node;

		if (node == STEER_NODE_NONE || node >= STEER_MAX_NODES || !members[i].weight ||
		    seen[node]++)
			return -EINVAL;
	}
	return 0;
}

int table_build_ordered(const struct table_member *members, size_t n, struct steer_row *ret_rows,
			size_t n_rows)
{
	struct steer_row row = {};
	size_t i;

	if (!n || n >= STEER_MAX_NODES || !n_rows || (n_rows & (n_rows - 1)))
		return -EINVAL;
	if (ordered_check(members, n))
		return -EINVAL;

	for (i = 0; i < n && i < STEER_RANKS; i++)
		row.rank[i] = members[i].node;
	for (i = 0; i < n_rows; i++)
		ret_rows[i] = row;
	return 0;
}
