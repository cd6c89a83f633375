/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_TABLE_TABLE_H
#define STEER_TABLE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "steer/maps.h"

struct table_member {
	uint16_t node;	 /* id, distinct, not STEER_NODE_NONE */
	uint32_t weight; /* from 1; equal for equal members */
};

/**
 * table_build - the forwarding table of an active-active pool.
 * @members: in any order: the result does not depend on it
 * @n: how many, from 1 to STEER_MAX_NODES - 1
 * @seed: of the cluster
 * @ret_rows: n_rows rows, with ranks set and previous STEER_NODE_NONE
 * @n_rows: a power of two, up to 2^20; from 1024 on the ranks of a row are independent
 *
 * The same on every machine: integers only. See docs/table.md for how even and stable it is.
 *
 * Return: 0, -EINVAL (no members, a weight or id of 0, an id twice or not below STEER_MAX_NODES,
 * n_rows no power of two or too large), -ENOMEM.
 */
int table_build(const struct table_member *members, size_t n, uint64_t seed,
		struct steer_row *ret_rows, size_t n_rows);

/**
 * table_build_ordered - the forwarding table of an active-passive pool: every row has the first
 * STEER_RANKS members, in the order given. Weights don't matter, but are checked.
 *
 * Return: 0, -EINVAL as for table_build().
 */
int table_build_ordered(const struct table_member *members, size_t n, struct steer_row *ret_rows,
			size_t n_rows);

/**
 * table_digest - a number to compare tables of nodes by; ranks only, not the previous owner.
 */
uint64_t table_digest(const struct steer_row *rows, size_t n_rows);

/**
 * table_set_previous - remember in each row who was in it under the tables before.
 * @rows: the new table, changed in place: previous holds the old ranks and what the old row
 *	remembered itself, as far as they are no ranks now and there is room, likelier ones first
 * @old: the old table
 */
void table_set_previous(struct steer_row *rows, const struct steer_row *old, size_t n_rows);

#endif
