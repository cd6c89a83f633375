/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_TABLE_PREFERENCE_H
#define STEER_TABLE_PREFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include "steer/limits.h"

/**
 * DOC: in which order a node wants the rows of a table.
 *
 * The rows are cut into squares of (at most) STEER_MAX_NODES rows. In a square, a node stands on a
 * slot of its own, and its q-th wish is the row shift[q] fallback on, round the square: nodes stand
 * on different slots, so the q-th wishes of all nodes are all different, as in a Latin square. Wish
 * number k of a node is its wish k / squares in square k % squares. Slots and shifts are random
 * permutations, drawn from the seed alone: what a node wants depends on nobody else.
 */
struct preference {
	uint32_t n_rows;
	uint32_t squares; /* a power of two, as is the side */
	uint32_t squares_log2;
	uint32_t side;	 /* rows of a square */
	uint16_t *slot;	 /* [square * side + (node & (side - 1))] */
	uint16_t *shift; /* [square * side + q] */
};

int preference_init(struct preference *p, uint64_t seed, size_t n_rows);
void preference_exit(struct preference *p);

/**
 * preference_row - the row that is wish number @k of @node, from 0 to n_rows - 1.
 *
 * For a given node, a permutation of the rows.
 */
static inline uint32_t preference_row(const struct preference *p, uint16_t node, uint32_t k)
{
	uint32_t base = (k & (p->squares - 1)) * p->side;
	uint32_t mask = p->side - 1;

	return base +
	       ((p->slot[base + (node & mask)] + p->shift[base + (k >> p->squares_log2)]) & mask);
}

#endif
