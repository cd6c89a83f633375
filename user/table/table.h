/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_TABLE_TABLE_H
#define STEER_TABLE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "steer/maps.h"

/**
 * DOC: forwarding tables.
 *
 * A flow's hash selects a row of its pool's table. A row names nodes: STEER_RANKS ranks, of which
 * the first that serves owns the flow, and STEER_FALLBACKS fallback nodes behind them. A table is
 * a pure function of its inputs and uses integers only, so all nodes compute the same one.
 * docs/table.md says how even and how stable it is.
 */
struct table_member {
	uint16_t node;	 /* id: distinct, below STEER_MAX_NODES, not STEER_NODE_NONE */
	uint32_t weight; /* at least 1; shares are proportional to it */
};

/**
 * table_build - compute the forwarding table of an active-active pool.
 * @members: the members; their order does not change the result
 * @n: their number, 1 to STEER_MAX_NODES - 1
 * @seed: seed of the cluster
 * @ret_rows: n_rows rows with their ranks set and no fallback nodes
 * @n_rows: a power of two, up to 2^20; from 1024 on the ranks of a row are independent
 *
 * Return: 0, -EINVAL (no members, a weight or id of 0, an id twice or not below STEER_MAX_NODES,
 * n_rows no power of two or too large), -ENOMEM.
 */
int table_build(const struct table_member *members, size_t n, uint64_t seed,
		struct steer_row *ret_rows, size_t n_rows);

/**
 * table_build_ordered - compute the forwarding table of an active-passive pool.
 * @members: the members, in the order of priority
 * @n: their number, 1 to STEER_MAX_NODES - 1
 * @ret_rows: n_rows rows, each with the first STEER_RANKS members as its ranks
 * @n_rows: a power of two
 *
 * Weights do not change the result, but are checked.
 *
 * Return: 0, -EINVAL as for table_build().
 */
int table_build_ordered(const struct table_member *members, size_t n, struct steer_row *ret_rows,
			size_t n_rows);

/**
 * table_digest - digest of the ranks of all rows.
 *
 * Nodes compare it to find that their tables differ. SipHash under a fixed key: no secret.
 */
uint64_t table_digest(const struct steer_row *rows, size_t n_rows);

/**
 * table_digest_all - digest of the ranks and fallback nodes of all rows.
 */
uint64_t table_digest_all(const struct steer_row *rows, size_t n_rows);

/**
 * table_set_fallback - set the fallback nodes of each row.
 * @rows: the new table, changed in place
 * @old: the table before, n_rows rows; its nodes take precedence; NULL if there is none
 * @n_rows: rows of both tables
 * @nodes: ids of all nodes of the cluster, distinct, in the same order on every node
 * @n_nodes: their number, at least 1
 * @spread: true: each row starts at another index of @nodes; false: all rows start at the first
 *
 * Return: 0, -EINVAL (no nodes, an id of 0, not below STEER_MAX_NODES, or twice).
 */
int table_set_fallback(struct steer_row *rows, const struct steer_row *old, size_t n_rows,
		       const uint16_t *nodes, size_t n_nodes, bool spread);

#endif
