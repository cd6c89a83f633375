// SPDX-License-Identifier: GPL-2.0
#include "table/allocate.h"

#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"

/**
 * DOC: the secondary of each row.
 *
 * The rows of each owner are allocated to the other members separately, so that after the owner's
 * failure each of them is near its new share. A row goes to its first runner-up that has room.
 */

/* Sort the rows by owner: ret_order[ret_first[i]] up to ret_first[i + 1] - 1 belong to member i. */
static void group_by_owner(const struct allocated_row *rows, size_t n_rows,
			   const struct quota *owned, size_t n, uint32_t *ret_first,
			   uint32_t *ret_order)
{
	ret_first[0] = 0;
	ret_first[1] = 0;
	for (size_t i = 1; i < n; i++)
		ret_first[i + 1] = ret_first[i] + owned[i - 1].rows;
	/* Here ret_first[i + 1] is where member i begins; filling moves it to where i ends. */
	for (size_t r = 0; r < n_rows; r++)
		ret_order[ret_first[rows[r].owner + 1]++] = r;
}

static uint16_t choose(const struct allocated_row *row, struct quota *quotas, int64_t *spare)
{
	for (size_t i = 0; i < ALLOCATE_RUNNERS_UP && row->runner_up[i] != ALLOCATE_NONE; i++) {
		if (quota_take(&quotas[row->runner_up[i]], spare))
			return row->runner_up[i];
	}
	return ALLOCATE_NONE;
}

/* The quotas of the other members have room for all rows of @owner; its own is empty. */
static void allocate_of_owner(const struct allocated_row *rows, const uint32_t *order,
			      uint32_t n_order, struct quota *quotas, size_t n, size_t owner,
			      int64_t spare, uint16_t *ret_secondary)
{
	size_t member = owner;

	for (uint32_t r = 0; r < n_order; r++)
		ret_secondary[order[r]] = choose(&rows[order[r]], quotas, &spare);

	for (uint32_t r = 0; r < n_order; r++) {
		if (ret_secondary[order[r]] != ALLOCATE_NONE)
			continue;
		while (!quota_take(&quotas[member], &spare))
			member = (member + 1) % n;
		ret_secondary[order[r]] = member;
	}
}

int allocate_secondary(const struct table_member *members, size_t n, uint64_t total,
		       const struct quota *owned, const struct allocated_row *rows, size_t n_rows,
		       uint16_t *ret_secondary)
{
	_cleanup_(cleanup_free) uint32_t *order = calloc(n_rows, sizeof(*order));
	_cleanup_(cleanup_free) uint32_t *first = calloc(n + 1, sizeof(*first));
	_cleanup_(cleanup_free) struct quota *quotas = calloc(n, sizeof(*quotas));

	if (!order || !first || !quotas)
		return -ENOMEM;

	group_by_owner(rows, n_rows, owned, n, first, order);
	for (size_t owner = 0; owner < n; owner++) {
		int64_t spare = owned[owner].rows;

		for (size_t i = 0; i < n; i++) {
			quota_set(&quotas[i], n_rows, members[i].weight,
				  total - members[owner].weight, ALLOCATE_FAILURE_PER_MILLE,
				  owned[i].rows);
			if (i == owner)
				quotas[i].least = quotas[i].most = 0;
			spare -= quotas[i].least;
		}
		allocate_of_owner(rows, order + first[owner], owned[owner].rows, quotas, n, owner,
				  spare, ret_secondary);
	}
	return 0;
}
