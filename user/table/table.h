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
 * the first that serves owns the flow, and STEER_FALLBACKS fallback nodes behind them. The ranks
 * are a pure function of the members and use integers only, so all nodes compute the same ones. The
 * other nodes depend on the table before, too: nodes that owned a row may still have connections.
 * docs/table.md says how even and how stable a table is.
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

/* What the fallback nodes of a table are made from, beside its ranks. */
struct table_fallback {
	const uint16_t
		*nodes; /* ids of the cluster's nodes: distinct, everywhere in the same order */
	size_t n_nodes; /* at least 1 */
	bool spread;	/* each row starts at another index of @nodes; else all at the first */
	const struct steer_row
		*old; /* the table before; NULL: none, or its nodes may be forgotten */
	const struct steer_former *old_former; /* … its former owners; NULL: none */
};

/* Former owners for whom the rows have no room. */
struct table_former {
	uint32_t rows;	    /* that have some in the table's steer_formers */
	uint32_t forgotten; /* for whom there is no room there either */
};

/**
 * table_set_fallback - set the fallback nodes of each row, and mark former owners.
 * @rows: the new table, with its ranks; changed in place
 * @n_rows: rows of all tables
 * @ret_former: n_rows elements
 *
 * The first three ranks of the table before, of which the second and the third own a row while
 * those before them are away, are former owners if they are no longer among the first three, as
 * are those marked before. Up to STEER_FALLBACKS of them, and
 * STEER_FORMER more, are remembered beside those that are ranks of the row.
 *
 * Return: 0, -EINVAL (no nodes, an id of 0, not below STEER_MAX_NODES, or twice).
 */
int table_set_fallback(const struct table_fallback *input, struct steer_row *rows, size_t n_rows,
		       struct steer_former *ret_former, struct table_former *ret_count);

/**
 * table_digest - digest of the ranks of all rows, without marks.
 *
 * Nodes compare it to find that their tables differ. SipHash under a fixed key: no secret.
 */
uint64_t table_digest(const struct steer_row *rows, size_t n_rows);

/**
 * table_digest_order - digest of the nodes that are asked for a connection, in their order.
 * @former: of the rows; NULL: none
 *
 * Nodes with equal ones search alike. Marks do not change it.
 */
uint64_t table_digest_order(const struct steer_row *rows, const struct steer_former *former,
			    size_t n_rows);

/**
 * table_digest_all - digest of all that a table holds.
 */
uint64_t table_digest_all(const struct steer_row *rows, const struct steer_former *former,
			  size_t n_rows);

#endif
