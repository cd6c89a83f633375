// SPDX-License-Identifier: GPL-2.0
#include "daemon/handles.h"

#include <stdlib.h>

#include "daemon/clock.h"
#include "daemon/journal.h"

void daemon_free(struct daemon *daemon)
{
	if (!daemon)
		return;
	journal_close(daemon);
	control_server_free(daemon->control);
	checker_free(daemon->checker);
	neighbours_free(daemon->neighbours);
	liveness_free(daemon->liveness);
	datapath_close(daemon->datapath);
	state_free(daemon->state);
	sd_event_source_unref(daemon->later);
	sd_event_source_unref(daemon->due);
	sd_event_unref(daemon->event);
	free(daemon);
}

struct daemon *daemon_new(const struct daemon_options *options)
{
	struct daemon *daemon = calloc(1, sizeof(*daemon));

	if (!daemon)
		return NULL;
	daemon->options = *options;
	daemon->started_ns = clock_now_ns();
	daemon->state = state_new();
	if (!daemon->state || sd_event_default(&daemon->event) < 0) {
		daemon_free(daemon);
		return NULL;
	}
	return daemon;
}
