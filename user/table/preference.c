// SPDX-License-Identifier: GPL-2.0
#include "table/preference.h"

#include <errno.h>
#include <stdlib.h>

/* SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). */
static uint64_t next_random(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/* Fisher and Yates, inside out. */
static void shuffle(uint16_t *ret_order, uint32_t n, uint64_t *state)
{
	uint32_t j;

	for (uint32_t i = 0; i < n; i++) {
		j = (next_random(state) >> 32) * (i + 1) >> 32;
		ret_order[i] = ret_order[j];
		ret_order[j] = i;
	}
}

int preference_init(struct preference *p, uint64_t seed, size_t n_rows)
{
	uint64_t state = seed;

	p->n_rows = n_rows;
	p->side = n_rows < STEER_MAX_NODES ? n_rows : STEER_MAX_NODES;
	p->squares = n_rows / p->side;
	p->squares_log2 = __builtin_ctz(p->squares);
	p->slot = calloc(n_rows, sizeof(*p->slot));
	p->shift = calloc(n_rows, sizeof(*p->shift));
	if (!p->slot || !p->shift)
		return -ENOMEM;

	for (uint32_t square = 0; square < p->squares; square++) {
		shuffle(p->slot + square * p->side, p->side, &state);
		shuffle(p->shift + square * p->side, p->side, &state);
	}
	return 0;
}

void preference_exit(struct preference *p)
{
	free(p->slot);
	free(p->shift);
}
