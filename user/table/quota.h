/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_TABLE_QUOTA_H
#define STEER_TABLE_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

/**
 * DOC: how many rows a member takes.
 *
 * Every member must get @least rows and may get @most. Rows beyond the sum of all @least are spare
 * and go to the members that ask first. This tolerance keeps tables stable: a member that loses a
 * row does not always have to replace it by one that another member then loses.
 */
struct quota {
	uint32_t least;
	uint32_t most;
	uint32_t rows; /* taken so far */
};

/**
 * quota_set - compute the limits of a member's share of the table.
 * @n_rows: rows of the table
 * @weight: weight of the member
 * @total: weight of all members that share the table
 * @per_mille: the tolerance around the exact share; one row of rounding is always allowed
 * @has: rows that the member already has and that count towards its share
 */
static inline void quota_set(struct quota *q, uint32_t n_rows, uint32_t weight, uint64_t total,
			     uint32_t per_mille, uint32_t has)
{
	uint64_t share = (uint64_t)n_rows * weight; /* the exact share, times total */
	uint64_t floor = share / total;
	uint64_t ceil = (share + total - 1) / total;
	uint64_t slack = share * per_mille / 1000; /* fits: 20 + 32 + 10 bits */
	uint64_t least = (share - slack + total - 1) / total;
	uint64_t most = (share + slack) / total;

	least = least < floor ? least : floor;
	most = most > ceil ? most : ceil;
	q->least = least > has ? least - has : 0;
	q->most = most > has ? most - has : 0;
	q->rows = 0;
}

static inline bool quota_has_room(const struct quota *q, int64_t spare)
{
	return q->rows < q->least || (spare > 0 && q->rows < q->most);
}

/* Take a row if the quota has room: first up to @least, then from the spare rows. */
static inline bool quota_take(struct quota *q, int64_t *spare)
{
	if (!quota_has_room(q, *spare))
		return false;
	if (q->rows++ >= q->least)
		(*spare)--;
	return true;
}

#endif
