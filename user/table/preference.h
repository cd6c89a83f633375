/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_TABLE_PREFERENCE_H
#define STEER_TABLE_PREFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include "steer/limits.h"

/**
 * DOC: the order in which a node prefers the rows of a table.
 *
 * The rows are divided into squares of at most STEER_MAX_NODES rows. In a square, each node id has
 * a slot of its own, and preference q of a node is the row shift[q] behind its slot, modulo the
 * size of the square. Slots differ, so preference q of every node is another row, as in a Latin
 * square. Preference k of a node in the whole table is its preference k / squares in square
 * k % squares. Slots and shifts are random permutations drawn from the seed alone, so the
 * preferences of a node do not depend on which other nodes exist.
 */
struct preference {
	uint32_t n_rows;
	uint32_t squares; /* a power of two, as is the side */
	uint32_t squares_log2;
	uint32_t side;	 /* rows of a square */
	uint16_t *slot;	 /* [square * side + (node & (side - 1))] */
	uint16_t *shift; /* [square * side + q] */
};

/**
 * preference_init - draw the slots and shifts.
 * @p: all zero; preference_exit() frees it, also after an error
 * @seed: seed of the cluster
 * @n_rows: rows of the table, a power of two
 *
 * Return: 0, -ENOMEM.
 */
int preference_init(struct preference *p, uint64_t seed, size_t n_rows);
void preference_exit(struct preference *p);

/**
 * preference_row - the row that is preference @k (0 to n_rows - 1) of @node.
 *
 * For a given node this is a permutation of the rows.
 */
static inline uint32_t preference_row(const struct preference *p, uint16_t node, uint32_t k)
{
	uint32_t base = (k & (p->squares - 1)) * p->side;
	uint32_t mask = p->side - 1;

	return base +
	       ((p->slot[base + (node & mask)] + p->shift[base + (k >> p->squares_log2)]) & mask);
}

#endif
