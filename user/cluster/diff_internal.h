/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLUSTER_DIFF_INTERNAL_H
#define STEER_CLUSTER_DIFF_INTERNAL_H

#include "cluster/event_queue.h"

/* A diff under way. */
struct differ {
	struct cluster_state *state;
	const struct event_time *now;
	int error; /* the first */
};

void differ_add(struct differ *d, const struct event *event, uint64_t delay_ns);

/* diff_peers.c: what peers are and announce, isolation, tables. */
void diff_peers(struct differ *d);
void diff_isolation(struct differ *d);
void diff_tables(struct differ *d);

/* diff_pools.c: verdicts of our checks; then active members, members and panic. */
void diff_health(struct differ *d);
void diff_pools(struct differ *d);

#endif
