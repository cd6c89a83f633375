/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_EVENTS_HOLD_H
#define STEER_EVENTS_HOLD_H

#include "events/event.h"

/**
 * DOC: events that are not told yet, as what comes next may explain them. Pure: time is passed in.
 *
 * Several peers falling silent one after the other are that many alarms, or a single one: that it
 * is us who are cut off. Which of both, the next moment shows. Events leave in the order they came,
 * so those behind one that is held wait, too.
 */
#define HOLD_MAX 4096

struct hold_item {
	struct event *event;
	uint64_t due_ns;
	struct hold_item *next;
};

struct hold {
	struct hold_item *first, *last;
	size_t n;
};

/* For events about which somebody knows better now. */
typedef bool (*hold_drop_fn)(void *context, const struct event *event);

/**
 * hold_push - at the end of the queue.
 * @event: as of event_copy(); taken over on success
 * @due_ns: when it may leave
 *
 * Return: 0, -ENOMEM.
 */
int hold_push(struct hold *hold, struct event *event, uint64_t due_ns);

/* The oldest event if it is due, or if there are too many; NULL: none. To be freed. */
struct event *hold_pop(struct hold *hold, uint64_t now_ns);

/* When hold_pop() will have something; UINT64_MAX: never. */
uint64_t hold_due(const struct hold *hold);

/* Take out all events of which drop says so. */
void hold_drop(struct hold *hold, hold_drop_fn drop, void *context);

#endif
