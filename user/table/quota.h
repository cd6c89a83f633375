/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_TABLE_QUOTA_H
#define STEER_TABLE_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

/**
 * DOC: how many of the rows that are dealt out a member takes.
 *
 * Every member must get @least and may get @most; the rows that the sum of all @least leaves over
 * are to spare, and go to whoever asks first. That leeway is what keeps a table stable: a member
 * that loses a row need not always find another one, which somebody else would lose.
 */
struct quota {
	uint32_t least;
	uint32_t most;
	uint32_t rows; /* taken so far */
};

/**
 * quota_set - the window around a share of the table.
 * @weight: of the member
 * @total: weight of all members among whom the table is shared
 * @per_mille: how far from its exact share a member may be; one row of rounding is always allowed
 * @has: rows that it has already and that count for its share
 */
static inline void quota_set(struct quota *q, uint32_t n_rows, uint32_t weight, uint64_t total,
			     uint32_t per_mille, uint32_t has)
{
	uint64_t share = (uint64_t)n_rows * weight; /* times total */
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

/* Take a row if there is room: of one's own @least, or of what is to spare. */
static inline bool quota_take(struct quota *q, int64_t *spare)
{
	if (!quota_has_room(q, *spare))
		return false;
	if (q->rows++ >= q->least)
		(*spare)--;
	return true;
}

#endif
