/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_TABLE_DEAL_H
#define STEER_TABLE_DEAL_H

#include <stddef.h>
#include <stdint.h>

#include "table/preference.h"
#include "table/quota.h"
#include "table/table.h"

#define DEAL_NEXT (STEER_RANKS - 1) /* members remembered per row, besides the owner */
#define DEAL_NOBODY UINT16_MAX

#define DEAL_OWNER_PER_MILLE 10	  /* how far from its share a member may own rows */
#define DEAL_FAILURE_PER_MILLE 25 /* and after the failure of any other one */

/* What is known of a row while the table is built. Members are indices into the sorted array. */
struct deal_row {
	uint16_t owner;
	uint16_t next[DEAL_NEXT]; /* who else wished for it, in order; then DEAL_NOBODY */
};

/**
 * deal_owners - rank 0: the members take turns and pick their rows.
 * @members: sorted by node
 * @ret_quotas: of rank 0, n of them, with the rows that each got
 * @ret_rows: owner and next of each row
 *
 * Return: 0, -ENOMEM.
 */
int deal_owners(const struct table_member *members, size_t n, uint64_t total,
		const struct preference *p, struct quota *ret_quotas, struct deal_row *ret_rows);

/**
 * deal_heirs - rank 1: who inherits the rows of an owner that is down.
 * @owned: rows of rank 0 of each member
 * @ret_heirs: of each row, for n from 2
 *
 * Return: 0, -ENOMEM.
 */
int deal_heirs(const struct table_member *members, size_t n, uint64_t total,
	       const struct quota *owned, const struct deal_row *rows, size_t n_rows,
	       uint16_t *ret_heirs);

#endif
