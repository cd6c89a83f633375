// SPDX-License-Identifier: GPL-2.0
#include "daemon/daemon.h"

#include <stdlib.h>
#include <time.h>

#include "daemon/journal.h"

uint64_t daemon_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

const struct cluster_node *daemon_self(const struct daemon *daemon)
{
	return &daemon->cluster->nodes[daemon->cluster->self];
}

void daemon_free(struct daemon *daemon)
{
	size_t i;

	if (!daemon)
		return;
	journal_close(daemon);
	control_server_free(daemon->control);
	checker_free(daemon->checker);
	neighbours_free(daemon->neighbours);
	liveness_free(daemon->liveness);
	datapath_close(daemon->datapath);
	cluster_free(daemon->cluster);
	for (i = 0; i < STEER_MAX_POOLS; i++) {
		free(daemon->pools[i].rows);
		free(daemon->pools[i].members);
	}
	slots_free(&daemon->pool_slots);
	slots_free(&daemon->service_slots);
	slots_free(&daemon->vip_slots);
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
	daemon->started_ns = daemon_now_ns();
	if (sd_event_default(&daemon->event) < 0 ||
	    slots_init(&daemon->pool_slots, STEER_POOL_CLUSTER) < 0 ||
	    slots_init(&daemon->service_slots, STEER_MAX_SERVICES) < 0 ||
	    slots_init(&daemon->vip_slots, STEER_MAX_VIPS) < 0) {
		daemon_free(daemon);
		return NULL;
	}
	return daemon;
}
