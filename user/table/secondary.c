// SPDX-License-Identifier: GPL-2.0
#include "table/allocate.h"

#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"

/**
 * DOC: the secondary of the rows.
 *
 * For every owner apart, its rows are dealt out to the others, so that after its failure each of
 * them is near its new share. A row goes to the first of its next members that has room.
 */

/* The rows, those of each owner together; first[i] … first[i + 1] - 1 are those of member i. */
static void secondary_group(const struct allocated_row *rows, size_t n_rows,
			    const struct quota *owned, size_t n, uint32_t *ret_first,
			    uint32_t *ret_order)
{
	size_t i, r;

	ret_first[0] = 0;
	ret_first[1] = 0;
	for (i = 1; i < n; i++)
		ret_first[i + 1] = ret_first[i] + owned[i - 1].rows;
	/* Here first[i + 1] is where member i begins; filling moves it to where i ends. */
	for (r = 0; r < n_rows; r++)
		ret_order[ret_first[rows[r].owner + 1]++] = r;
}

static uint16_t secondary_choose(const struct allocated_row *row, struct quota *quotas,
				 int64_t *spare)
{
	size_t i;

	for (i = 0; i < ALLOCATE_NEXT && row->next[i] != ALLOCATE_NOBODY; i++) {
		if (quota_take(&quotas[row->next[i]], spare))
			return row->next[i];
	}
	return ALLOCATE_NOBODY;
}

/* The quotas of all members but @owner have room for all its rows; its own is empty. */
static void secondary_allocate(const struct allocated_row *rows, const uint32_t *order,
			       uint32_t n_order, struct quota *quotas, size_t n, size_t owner,
			       int64_t spare, uint16_t *ret_secondary)
{
	size_t heir = owner;
	uint32_t r;

	for (r = 0; r < n_order; r++)
		ret_secondary[order[r]] = secondary_choose(&rows[order[r]], quotas, &spare);

	for (r = 0; r < n_order; r++) {
		if (ret_secondary[order[r]] != ALLOCATE_NOBODY)
			continue;
		while (!quota_take(&quotas[heir], &spare))
			heir = (heir + 1) % n;
		ret_secondary[order[r]] = heir;
	}
}

int allocate_secondary(const struct table_member *members, size_t n, uint64_t total,
		       const struct quota *owned, const struct allocated_row *rows, size_t n_rows,
		       uint16_t *ret_secondary)
{
	_cleanup_(cleanup_free) uint32_t *order = calloc(n_rows, sizeof(*order));
	_cleanup_(cleanup_free) uint32_t *first = calloc(n + 1, sizeof(*first));
	_cleanup_(cleanup_free) struct quota *quotas = calloc(n, sizeof(*quotas));
	size_t owner, i;

	if (!order || !first || !quotas)
		return -ENOMEM;

	secondary_group(rows, n_rows, owned, n, first, order);
	for (owner = 0; owner < n; owner++) {
		int64_t spare = owned[owner].rows;

		for (i = 0; i < n; i++) {
			quota_set(&quotas[i], n_rows, members[i].weight,
				  total - members[owner].weight, ALLOCATE_FAILURE_PER_MILLE,
				  owned[i].rows);
			if (i == owner)
				quotas[i].least = quotas[i].most = 0;
			spare -= quotas[i].least;
		}
		secondary_allocate(rows, order + first[owner], owned[owner].rows, quotas, n, owner,
				   spare, ret_secondary);
	}
	return 0;
}
