/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_EVENTS_RING_H
#define STEER_EVENTS_RING_H

#include <stddef.h>

#include "events/event.h"

/**
 * DOC: ring buffer of the newest events. Pure.
 */
#define RING_EVENTS 1000

struct event_ring {
	struct event *slot[RING_EVENTS];
	size_t first, n;
};

/* Add an event from event_copy(), which the ring then owns. A full ring frees the oldest. */
void ring_add(struct event_ring *ring, struct event *event);

/* Event @i of ring->n, oldest first. */
const struct event *ring_at(const struct event_ring *ring, size_t i);

void ring_clear(struct event_ring *ring);

#endif
