// SPDX-License-Identifier: GPL-2.0
#include "cluster/event_queue.h"

#include <errno.h>
#include <stdlib.h>

struct event event_queue_stamp(const struct cluster_state *state, const struct event *event,
			       const struct event_time *now)
{
	struct event stamped = *event;

	stamped.time_us = now->wall_us;
	stamped.generation = state->generation;
	return stamped;
}

int event_queue_add(struct cluster_state *state, const struct event *event, uint64_t delay_ns,
		    const struct event_time *now)
{
	struct event stamped = event_queue_stamp(state, event, now), *copy = event_copy(&stamped);

	if (!copy)
		return -ENOMEM;
	if (delay_queue_push(&state->delayed, copy, delay_ns ? now->mono_ns + delay_ns : 0) < 0) {
		free(copy);
		return -ENOMEM;
	}
	return 0;
}
