// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>

#include "cluster/diff_internal.h"

int diff_add(struct cluster_state *state, const struct event *event, uint64_t delay_ns,
	     const struct diff_time *now)
{
	struct event stamped = *event, *copy;

	stamped.time_us = now->wall_us;
	stamped.generation = state->generation;
	copy = event_copy(&stamped);
	if (!copy)
		return -ENOMEM;
	if (delay_queue_push(&state->delayed, copy, delay_ns ? now->mono_ns + delay_ns : 0) < 0) {
		free(copy);
		return -ENOMEM;
	}
	return 0;
}

void differ_add(struct differ *d, const struct event *event, uint64_t delay_ns)
{
	int r = diff_add(d->state, event, delay_ns, d->now);

	if (r < 0 && !d->error)
		d->error = r;
}

int diff(struct cluster_state *state, const struct diff_time *now)
{
	struct differ d = { .state = state, .now = now };

	diff_peers(&d);
	diff_isolation(&d);
	diff_health(&d);
	diff_pools(&d);
	diff_tables(&d);
	return d.error;
}
