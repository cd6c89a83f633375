// SPDX-License-Identifier: GPL-2.0
#include "table/allocate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

/**
 * DOC: the owners of the rows.
 *
 * Every member wishes for all rows, in an order of its own. Wish k of a member with weight w has
 * the score H(k) / w, where H(k) is the k-th of n_rows exponential variables, in the mean; the best
 * score takes the row. That is weighted rendezvous hashing (Thaler, Ravishankar: "Using name-based
 * mappings to increase hit rates", 1998) with the hash function turned round: one asks a member for
 * its next row instead of a row for its best member, so all scores that matter come by in order,
 * and those that don't are never computed. In addition a member stops at its quota; who wished for
 * a row and did not get it is remembered as one of the row's next ranks.
 *
 * Integers only: the table must be the same on every machine.
 */
#define ALLOCATE_WISHES_PER_ROW 4 /* until then all members wish, later only those that need rows \
				   */

#define ALLOCATE_SCORE_ONE \
	(1U << 28) /* keeps H of 2^20 rows in 32 bits, and times a weight in 64 */

struct allocation {
	const struct table_member *members;
	struct preference p;
	struct quota *quotas;
	struct allocated_row *rows;
	/* Apart from the rows, which are only written to: these two fit the caches. */
	uint64_t *taken; /* a bit per row */
	uint8_t *n_next; /* of each row */
	int64_t spare;
	uint32_t n_free;
	uint64_t wishes;
	uint64_t enough; /* wishes, after which those that don't need rows are silent */
};

static inline bool allocate_is_taken(const struct allocation *d, uint32_t r)
{
	return d->taken[r / 64] >> (r % 64) & 1;
}

static inline void allocate_take(struct allocation *d, uint32_t r, size_t i)
{
	d->rows[r].owner = i;
	d->taken[r / 64] |= 1ULL << (r % 64);
	d->n_free--;
}

static inline void allocate_wish(struct allocation *d, size_t i, uint32_t k)
{
	uint32_t r = preference_row(&d->p, d->members[i].node, k);

	if (!allocate_is_taken(d, r) && quota_take(&d->quotas[i], &d->spare))
		allocate_take(d, r, i);
	else if (d->wishes < d->enough && d->n_next[r] < ALLOCATE_NEXT)
		d->rows[r].next[d->n_next[r]++] = i;
	d->wishes++;
}

/*
 * The heaviest member has one wish a turn, the others as their weights are; in a turn, the members
 * come in the order of their ids.
 */
static void allocate_turns(struct allocation *d, size_t n, uint32_t *score, uint32_t *wish)
{
	uint32_t n_rows = d->p.n_rows;
	uint64_t heaviest = 0;
	uint32_t turn;
	size_t i;

	for (i = 0; i < n; i++)
		heaviest = d->members[i].weight > heaviest ? d->members[i].weight : heaviest;

	score[0] = 0;
	for (turn = 0; turn < n_rows && (d->n_free || d->wishes < d->enough); turn++) {
		/* Rényi: the k-th smallest of n has the mean 1/n + 1/(n-1) + … + 1/(n-k+1). */
		score[turn + 1] = score[turn] + ALLOCATE_SCORE_ONE / (n_rows - turn);
		for (i = 0; i < n; i++) {
			uint64_t level = (uint64_t)score[turn + 1] * d->members[i].weight;

			if (d->wishes >= d->enough && !quota_has_room(&d->quotas[i], d->spare))
				continue;
			while (score[wish[i]] * heaviest < level)
				allocate_wish(d, i, wish[i]++);
		}
	}
}

/* A very light member may not have come to all its wishes: what is free goes to who has room. */
static void allocate_rest(struct allocation *d)
{
	uint32_t r;
	size_t i = 0;

	for (r = 0; d->n_free; r++) {
		if (allocate_is_taken(d, r))
			continue;
		while (!quota_take(&d->quotas[i], &d->spare))
			i++;
		allocate_take(d, r, i);
	}
}

int allocate_primary(const struct table_member *members, size_t n, uint64_t total,
		     const struct preference *p, struct quota *ret_quotas,
		     struct allocated_row *ret_rows)
{
	_cleanup_(cleanup_free) uint32_t *score = malloc((p->n_rows + 1) * sizeof(*score));
	_cleanup_(cleanup_free) uint32_t *wish = calloc(n, sizeof(*wish));
	_cleanup_(cleanup_free) uint64_t *taken = calloc(p->n_rows / 64 + 1, sizeof(*taken));
	_cleanup_(cleanup_free) uint8_t *n_next = calloc(p->n_rows, sizeof(*n_next));
	struct allocation d = {
		.members = members,
		.p = *p,
		.quotas = ret_quotas,
		.rows = ret_rows,
		.taken = taken,
		.n_next = n_next,
		.spare = p->n_rows,
		.n_free = p->n_rows,
		.enough = (uint64_t)ALLOCATE_WISHES_PER_ROW * p->n_rows,
	};
	size_t i;

	if (!score || !wish || !taken || !n_next)
		return -ENOMEM;

	for (i = 0; i < n; i++) {
		quota_set(&ret_quotas[i], p->n_rows, members[i].weight, total,
			  ALLOCATE_OWNER_PER_MILLE, 0);
		d.spare -= ret_quotas[i].least;
	}
	memset(ret_rows, 0xff, p->n_rows * sizeof(*ret_rows)); /* ALLOCATE_NOBODY */
	allocate_turns(&d, n, score, wish);
	allocate_rest(&d);
	return 0;
}
