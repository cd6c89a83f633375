/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BENCH_SOCKETS_H
#define STEER_BENCH_SOCKETS_H

#include "plan.h"

/**
 * DOC: established connections for flows.
 *
 * With TCP_REPAIR a socket becomes established without a peer or a packet. Other processes hold
 * them, as one alone may not have so many files.
 */

/* Whether there is memory for so many. */
int sockets_fit(long sockets);

struct sockets {
	int fd;
	int processes; /* 0: none */
};

/* Starts processes that open them and hold them until they are released, or this one dies. */
int sockets_hold(const struct targets *plan, int family, int flows, struct sockets *ret_sockets);

/* Waits until all are open. */
int sockets_await(const struct sockets *sockets);

void sockets_release(struct sockets *sockets);

#endif
