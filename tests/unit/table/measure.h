/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_TABLE_MEASURE_H
#define TESTS_TABLE_MEASURE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "table/table.h"

/**
 * DOC: what a table is judged by: how even it is, also with members down, and what a change moves.
 *
 * For the unit tests, which assert, and for the bench, which prints. It looks at finished rows
 * only.
 */
struct measure {
	double least; /* the smallest share over the fair one */
	double most;
	double worst; /* how far the worst member is off its fair share, beyond one row: 0.01 = 1 %
		       */
};

static inline uint64_t measure_total(const struct table_member *members, size_t n, const bool *down)
{
	uint64_t total = 0;
	size_t i;

	for (i = 0; i < n; i++)
		total += down[members[i].node] ? 0 : members[i].weight;
	return total;
}

/* The first rank that is up, or STEER_NODE_NONE. */
static inline uint16_t measure_owner(const struct steer_row *row, const bool *down)
{
	size_t k;

	for (k = 0; k < STEER_RANKS; k++) {
		if (row->rank[k] != STEER_NODE_NONE && !down[row->rank[k]])
			return row->rank[k];
	}
	return STEER_NODE_NONE;
}

/* Widen @ret_measure by the shares with the nodes in @down skipped. */
static inline void measure_shares(const struct table_member *members, size_t n,
				  const struct steer_row *rows, size_t n_rows, const bool *down,
				  struct measure *ret_measure)
{
	uint32_t count[STEER_MAX_NODES] = {};
	uint64_t total = measure_total(members, n, down);
	size_t i, r;

	for (r = 0; r < n_rows; r++)
		count[measure_owner(&rows[r], down)]++;
	for (i = 0; i < n; i++) {
		double fair = (double)n_rows * members[i].weight / total;
		double share = count[members[i].node] / fair;
		double off = fabs(count[members[i].node] - fair);

		if (down[members[i].node])
			continue;
		ret_measure->least = fmin(ret_measure->least, share);
		ret_measure->most = fmax(ret_measure->most, share);
		if (off >= 1)
			ret_measure->worst = fmax(ret_measure->worst, off / fair);
	}
}

static inline struct measure measure_even(const struct table_member *members, size_t n,
					  const struct steer_row *rows, size_t n_rows)
{
	struct measure m = { INFINITY, 0, 0 };
	bool down[STEER_MAX_NODES] = {};

	measure_shares(members, n, rows, n_rows, down, &m);
	return m;
}

/* Over the failures of every @step-th member. */
static inline struct measure measure_one_down(const struct table_member *members, size_t n,
					      const struct steer_row *rows, size_t n_rows,
					      size_t step)
{
	struct measure m = { INFINITY, 0, 0 };
	bool down[STEER_MAX_NODES] = {};
	size_t i;

	for (i = 0; n > 1 && i < n; i += step) {
		down[members[i].node] = true;
		measure_shares(members, n, rows, n_rows, down, &m);
		down[members[i].node] = false;
	}
	return m;
}

/* Over the failures of @pairs pairs of members. */
static inline struct measure measure_two_down(const struct table_member *members, size_t n,
					      const struct steer_row *rows, size_t n_rows,
					      size_t pairs)
{
	struct measure m = { INFINITY, 0, 0 };
	bool down[STEER_MAX_NODES] = {};
	size_t i;

	for (i = 0; n > 2 && i < pairs; i++) {
		uint16_t a = members[i % n].node;
		uint16_t b = members[(i % n + 1 + i % (n - 1)) % n].node;

		down[a] = down[b] = true;
		measure_shares(members, n, rows, n_rows, down, &m);
		down[a] = down[b] = false;
	}
	return m;
}

static inline size_t measure_moved(const struct steer_row *a, const struct steer_row *b,
				   size_t n_rows)
{
	size_t moved = 0, r;

	for (r = 0; r < n_rows; r++)
		moved += a[r].rank[0] != b[r].rank[0];
	return moved;
}

static inline double measure_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

#endif
