// SPDX-License-Identifier: GPL-2.0
#include "table/allocate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

/**
 * DOC: the owners of the rows.
 *
 * Every member bids for all rows, in the order of its preference. Bid k of a member with weight w
 * has the score H(k) / w, where H(k) is the mean of the k-th smallest of n_rows exponential
 * variables. The lowest score takes the row.
 *
 * This is weighted rendezvous hashing (Thaler, Ravishankar: "Using name-based mappings to increase
 * hit rates", 1998) with the hash function inverted: it asks a member for its next row instead of
 * a row for its best member. So the scores that matter come in order, and the others are never
 * computed. Two things are added: a member stops at its quota, and a member that bids for a taken
 * row is stored as a runner-up of the row, for the next ranks.
 *
 * Integers only: the table must be the same on every machine.
 */
/* Up to this many bids per row all members bid; after that, only those that need rows. */
#define BIDS_PER_ROW 4

/* Fixed point: H of 2^20 rows fits 32 bits, and times a weight 64. */
#define SCORE_ONE (1U << 28)

struct allocation {
	const struct table_member *members;
	struct preference p;
	struct quota *quotas;
	struct allocated_row *rows;
	/* Not in the rows, which are only written to: these two fit the caches. */
	uint64_t *taken;       /* a bit per row */
	uint8_t *n_runners_up; /* of each row */
	int64_t spare;	       /* rows beyond the quotas' minima */
	uint32_t n_free;
	uint64_t n_bids;
	uint64_t enough; /* value of n_bids from which on only members that need rows bid */
};

static inline bool is_taken(const struct allocation *d, uint32_t r)
{
	return d->taken[r / 64] >> (r % 64) & 1;
}

static inline void take(struct allocation *d, uint32_t r, size_t i)
{
	d->rows[r].owner = i;
	d->taken[r / 64] |= 1ULL << (r % 64);
	d->n_free--;
}

static inline void bid(struct allocation *d, size_t i, uint32_t k)
{
	uint32_t r = preference_row(&d->p, d->members[i].node, k);

	if (!is_taken(d, r) && quota_take(&d->quotas[i], &d->spare))
		take(d, r, i);
	else if (d->n_bids < d->enough && d->n_runners_up[r] < ALLOCATE_RUNNERS_UP)
		d->rows[r].runner_up[d->n_runners_up[r]++] = i;
	d->n_bids++;
}

/*
 * The heaviest member has one bid a turn, the others in proportion to their weights. In a turn the
 * members bid in the order of their ids.
 */
static void take_turns(struct allocation *d, size_t n, uint32_t *score, uint32_t *next_bid)
{
	uint32_t n_rows = d->p.n_rows;
	uint64_t heaviest = 0;

	for (size_t i = 0; i < n; i++)
		heaviest = d->members[i].weight > heaviest ? d->members[i].weight : heaviest;

	score[0] = 0;
	for (uint32_t turn = 0; turn < n_rows && (d->n_free || d->n_bids < d->enough); turn++) {
		/* Rényi: the k-th smallest of n has the mean 1/n + 1/(n-1) + … + 1/(n-k+1). */
		score[turn + 1] = score[turn] + SCORE_ONE / (n_rows - turn);
		for (size_t i = 0; i < n; i++) {
			uint64_t level = (uint64_t)score[turn + 1] * d->members[i].weight;

			if (d->n_bids >= d->enough && !quota_has_room(&d->quotas[i], d->spare))
				continue;
			while (score[next_bid[i]] * heaviest < level)
				bid(d, i, next_bid[i]++);
		}
	}
}

/* A very light member may not have made all its bids: members with room take the free rows. */
static void take_rest(struct allocation *d)
{
	size_t i = 0;

	for (uint32_t r = 0; d->n_free; r++) {
		if (is_taken(d, r))
			continue;
		while (!quota_take(&d->quotas[i], &d->spare))
			i++;
		take(d, r, i);
	}
}

int allocate_primary(const struct table_member *members, size_t n, uint64_t total,
		     const struct preference *p, struct quota *ret_quotas,
		     struct allocated_row *ret_rows)
{
	_cleanup_(cleanup_free) uint32_t *score = malloc((p->n_rows + 1) * sizeof(*score));
	_cleanup_(cleanup_free) uint32_t *next_bid = calloc(n, sizeof(*next_bid));
	_cleanup_(cleanup_free) uint64_t *taken = calloc(p->n_rows / 64 + 1, sizeof(*taken));
	_cleanup_(cleanup_free) uint8_t *n_runners_up = calloc(p->n_rows, sizeof(*n_runners_up));
	struct allocation d = {
		.members = members,
		.p = *p,
		.quotas = ret_quotas,
		.rows = ret_rows,
		.taken = taken,
		.n_runners_up = n_runners_up,
		.spare = p->n_rows,
		.n_free = p->n_rows,
		.enough = (uint64_t)BIDS_PER_ROW * p->n_rows,
	};

	if (!score || !next_bid || !taken || !n_runners_up)
		return -ENOMEM;

	for (size_t i = 0; i < n; i++) {
		quota_set(&ret_quotas[i], p->n_rows, members[i].weight, total,
			  ALLOCATE_OWNER_PER_MILLE, 0);
		d.spare -= ret_quotas[i].least;
	}
	memset(ret_rows, 0xff, p->n_rows * sizeof(*ret_rows)); /* ALLOCATE_NONE */
	take_turns(&d, n, score, next_bid);
	take_rest(&d);
	return 0;
}
