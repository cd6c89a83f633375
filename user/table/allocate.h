/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_TABLE_ALLOCATE_H
#define STEER_TABLE_ALLOCATE_H

#include <stddef.h>
#include <stdint.h>

#include "table/preference.h"
#include "table/quota.h"
#include "table/table.h"

#define ALLOCATE_NEXT (STEER_RANKS - 1) /* members remembered per row, besides the owner */
#define ALLOCATE_NOBODY UINT16_MAX

#define ALLOCATE_OWNER_PER_MILLE 10   /* how far from its share a member may own rows */
#define ALLOCATE_FAILURE_PER_MILLE 25 /* and after the failure of any other one */

/* What is known of a row while the table is built. Members are indices into the sorted array. */
struct allocated_row {
	uint16_t owner;
	uint16_t next[ALLOCATE_NEXT]; /* who else wished for it, in order; then ALLOCATE_NOBODY */
};

/**
 * allocate_primary - rank 0: the members take turns and pick their rows.
 * @members: sorted by node
 * @ret_quotas: of rank 0, n of them, with the rows that each got
 * @ret_rows: owner and next of each row
 *
 * Return: 0, -ENOMEM.
 */
int allocate_primary(const struct table_member *members, size_t n, uint64_t total,
		     const struct preference *p, struct quota *ret_quotas,
		     struct allocated_row *ret_rows);

/**
 * allocate_secondary - rank 1: who inherits the rows of an owner that is down.
 * @owned: rows of rank 0 of each member
 * @ret_secondary: of each row, for n from 2
 *
 * Return: 0, -ENOMEM.
 */
int allocate_secondary(const struct table_member *members, size_t n, uint64_t total,
		       const struct quota *owned, const struct allocated_row *rows, size_t n_rows,
		       uint16_t *ret_secondary);

#endif
