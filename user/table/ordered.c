// SPDX-License-Identifier: GPL-2.0
#include "table/table.h"

#include <errno.h>

/**
 * DOC: the forwarding table of an active-passive pool.
 *
 * All rows are equal. The table has the format of an active-active one, so the XDP program needs
 * no second mode.
 */
static int check_members(const struct table_member *members, size_t n)
{
	uint8_t seen[STEER_MAX_NODES] = {};

	for (size_t i = 0; i < n; i++) {
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

	if (!n || n >= STEER_MAX_NODES || !n_rows || (n_rows & (n_rows - 1)))
		return -EINVAL;
	if (check_members(members, n))
		return -EINVAL;

	for (size_t i = 0; i < n && i < STEER_RANKS; i++)
		row.rank[i] = members[i].node;
	for (size_t i = 0; i < n_rows; i++)
		ret_rows[i] = row;
	return 0;
}
