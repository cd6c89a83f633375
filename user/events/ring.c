// SPDX-License-Identifier: GPL-2.0
#include "events/ring.h"

#include <stdlib.h>

void ring_add(struct event_ring *ring, struct event *event)
{
	size_t last = (ring->first + ring->n) % RING_EVENTS;

	if (ring->n == RING_EVENTS) {
		free(ring->slot[last]);
		ring->first = (ring->first + 1) % RING_EVENTS;
	} else {
		ring->n++;
	}
	ring->slot[last] = event;
}

const struct event *ring_at(const struct event_ring *ring, size_t i)
{
	return ring->slot[(ring->first + i) % RING_EVENTS];
}

void ring_clear(struct event_ring *ring)
{
	for (size_t i = 0; i < RING_EVENTS; i++)
		free(ring->slot[i]);
	*ring = (struct event_ring){};
}
