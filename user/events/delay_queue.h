/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_EVENTS_DELAY_QUEUE_H
#define STEER_EVENTS_DELAY_QUEUE_H

#include "events/event.h"

/**
 * DOC: events that are not told yet, as what comes next may explain them. Pure: time is passed in.
 *
 * Several peers falling silent one after the other are that many alarms, or a single one: that it
 * is us who are cut off. Which of both, the next moment shows. Events leave in the order they came,
 * so those behind one that is held wait, too.
 */
#define DELAY_QUEUE_MAX 4096

struct delay_queue_item {
	struct event *event;
	uint64_t due_ns;
	struct delay_queue_item *next;
};

struct delay_queue {
	struct delay_queue_item *first, *last;
	size_t n;
};

/* For events about which somebody knows better now. */
typedef bool (*delay_queue_drop_fn)(void *context, const struct event *event);

/**
 * delay_queue_push - at the end of the queue.
 * @event: as of event_copy(); taken over on success
 * @due_ns: when it may leave
 *
 * Return: 0, -ENOMEM.
 */
int delay_queue_push(struct delay_queue *queue, struct event *event, uint64_t due_ns);

/* The oldest event if it is due, or if there are too many; NULL: none. To be freed. */
struct event *delay_queue_pop(struct delay_queue *queue, uint64_t now_ns);

/* When delay_queue_pop() will have something; UINT64_MAX: never. */
uint64_t delay_queue_due(const struct delay_queue *queue);

/* Take out all events of which drop says so. */
void delay_queue_drop(struct delay_queue *queue, delay_queue_drop_fn drop, void *context);

#endif
