/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_TABLE_TABLE_H
#define STEER_TABLE_TABLE_H

#include <stdbool.h>
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
 * @ret_rows: n_rows rows, with ranks set and nobody fallback
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
 * table_digest - a number to compare tables of nodes by; ranks only.
 */
uint64_t table_digest(const struct steer_row *rows, size_t n_rows);

/**
 * table_digest_all - the same of all that the rows hold.
 */
uint64_t table_digest_all(const struct steer_row *rows, size_t n_rows);

/**
 * table_set_fallback - fill in who else each row knows.
 * @rows: the new table, changed in place
 * @old: the table before, whose nodes go before others; NULL if there is none to remember
 * @nodes: all nodes of the cluster, distinct, in the same order everywhere
 * @n_nodes: how many, at least 1
 * @spread: each row takes them from another place of the list on; if not, all from the first
 *
 * Return: 0, -EINVAL (no nodes, an id of 0, not below STEER_MAX_NODES, or twice).
 */
int table_set_fallback(struct steer_row *rows, const struct steer_row *old, size_t n_rows,
		       const uint16_t *nodes, size_t n_nodes, bool spread);

#endif
