/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_TABLE_ALLOCATE_H
#define STEER_TABLE_ALLOCATE_H

#include <stddef.h>
#include <stdint.h>

#include "table/preference.h"
#include "table/quota.h"
#include "table/table.h"

/**
 * DOC: the allocation of rows to members, as primary (rank 0) and secondary (rank 1).
 *
 * Members bid for rows in the order of their preference (preference.h), within quotas (quota.h).
 * A member is named by its index in the array sorted by node id.
 */
#define ALLOCATE_RUNNERS_UP (STEER_RANKS - 1) /* members kept per row besides the owner */
#define ALLOCATE_NONE UINT16_MAX	      /* no member */

#define ALLOCATE_OWNER_PER_MILLE 10   /* tolerance of the rows a member owns */
#define ALLOCATE_FAILURE_PER_MILLE 25 /* the same after the failure of any other member */

/* A row while the table is built. */
struct allocated_row {
	uint16_t owner;
	/* Members that bid for the row and did not get it, in order; ALLOCATE_NONE behind them. */
	uint16_t runner_up[ALLOCATE_RUNNERS_UP];
};

/**
 * allocate_primary - rank 0: the members bid for rows in turns.
 * @members: the members, sorted by node
 * @n: their number, at least 1
 * @total: their weight
 * @p: the order of each member's bids
 * @ret_quotas: n quotas of rank 0, each with the number of rows that the member got
 * @ret_rows: owner and runners-up of each row, p->n_rows of them
 *
 * Return: 0, -ENOMEM.
 */
int allocate_primary(const struct table_member *members, size_t n, uint64_t total,
		     const struct preference *p, struct quota *ret_quotas,
		     struct allocated_row *ret_rows);

/**
 * allocate_secondary - rank 1: the member that replaces the owner of a row while it is down.
 * @members: the members, sorted by node
 * @n: their number, at least 2
 * @total: their weight
 * @owned: quotas of rank 0, from allocate_primary()
 * @rows: owner and runners-up of each row
 * @n_rows: rows of the table
 * @ret_secondary: the secondary of each row
 *
 * Return: 0, -ENOMEM.
 */
int allocate_secondary(const struct table_member *members, size_t n, uint64_t total,
		       const struct quota *owned, const struct allocated_row *rows, size_t n_rows,
		       uint16_t *ret_secondary);

#endif
