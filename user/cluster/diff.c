// SPDX-License-Identifier: GPL-2.0
#include "cluster/diff.h"

#include "cluster/diff_internal.h"

void differ_add(struct differ *d, const struct event *event, uint64_t delay_ns)
{
	int r = event_queue_add(d->state, event, delay_ns, d->now);

	if (r < 0 && !d->error)
		d->error = r;
}

int diff(struct cluster_state *state, const struct event_time *now)
{
	struct differ d = { .state = state, .now = now };

	diff_peers(&d);
	diff_isolation(&d);
	diff_health(&d);
	diff_pools(&d);
	diff_tables(&d);
	return d.error;
}
