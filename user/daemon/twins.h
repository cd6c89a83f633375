/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_TWINS_H
#define STEER_DAEMON_TWINS_H

#include <stddef.h>
#include <stdint.h>

/**
 * DOC: pools with the same forwarding table, which is then made once, and is in memory once.
 *
 * A table depends on what it is made from and on the table before it, whose nodes its rows go on to
 * know; not on the pool. So while the tables of a configuration are made one by one, each pool
 * finds those before it whose table must be its own, too. Pure bookkeeping.
 */
struct twin {
	size_t slot;	 /* of the pool */
	uint64_t source; /* what its table is made from; 0: not known */
	uint32_t before; /* the table that it had before, by the kernel's number; 0: none */
};

/* Room for all pools there may be. */
struct twins {
	struct twin *twin;
	uint64_t *view; /* a digest of all that its table holds */
	size_t n;
};

#define TWIN_NONE SIZE_MAX

int twins_init(struct twins *twins);
void twins_free(struct twins *twins);

/* Take note of a pool whose table is stored. */
void twins_add(struct twins *twins, const struct twin *twin, uint64_t view);

/**
 * twins_find - a pool whose table is what would be made for this one.
 *
 * One without a table before has nothing to remember, so it may as well be what others remember.
 *
 * Return: its slot, or TWIN_NONE.
 */
size_t twins_find(const struct twins *twins, const struct twin *twin);

/* A pool whose table is the same, however that came about. Return: its slot, or TWIN_NONE. */
size_t twins_find_view(const struct twins *twins, uint64_t view);

#endif
