/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLUSTER_EVENT_QUEUE_H
#define STEER_CLUSTER_EVENT_QUEUE_H

#include "cluster/state.h"

/**
 * DOC: the way of all events to the journal: a queue in the order they happened (state.delayed).
 *
 * Those of the cluster come from diff.h, those of the daemon itself from the daemon. Whoever keeps
 * the journal empties the queue by delay_queue_pop().
 */
struct event_time {
	uint64_t mono_ns; /* CLOCK_MONOTONIC */
	uint64_t wall_us; /* CLOCK_REALTIME, for the events */
};

/* The event with its time and generation. */
struct event event_queue_stamp(const struct cluster_state *state, const struct event *event,
			       const struct event_time *now);

/**
 * event_queue_add - an event, behind those that wait.
 * @event: time and generation are set here
 * @delay_ns: how long something else may still explain it; 0: it may leave at once
 *
 * Return: 0, -ENOMEM.
 */
int event_queue_add(struct cluster_state *state, const struct event *event, uint64_t delay_ns,
		    const struct event_time *now);

#endif
