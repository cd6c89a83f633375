/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_EVENTS_DELAY_QUEUE_H
#define STEER_EVENTS_DELAY_QUEUE_H

#include "events/event.h"

/**
 * DOC: delayed events: events that are not recorded yet, as later ones may replace them. Pure: time
 * is passed in.
 *
 * Several peers that fall silent shortly after each other are as many alarms, or a single one: this
 * node is cut off. The next moment shows which. Events leave the queue in the order in which they
 * entered it, so an event behind a delayed one is delayed, too.
 */
#define DELAY_QUEUE_MAX 4096 /* with more events, the oldest leave early */

struct delay_queue_item {
	struct event *event;
	uint64_t due_ns;
	struct delay_queue_item *next;
};

struct delay_queue {
	struct delay_queue_item *first, *last;
	size_t n;
};

/* Selects the events that a later one replaces. Return: true to drop the event. */
typedef bool (*delay_queue_drop_fn)(void *context, const struct event *event);

/**
 * delay_queue_push - add an event at the end of the queue.
 * @event: from event_copy(); the queue owns it on success
 * @due_ns: when it may leave the queue
 *
 * Return: 0, -ENOMEM.
 */
int delay_queue_push(struct delay_queue *queue, struct event *event, uint64_t due_ns);

/*
 * Take the oldest event if it is due or the queue is too long. Return: the event, to be freed by
 * the caller; NULL: none.
 */
struct event *delay_queue_pop(struct delay_queue *queue, uint64_t now_ns);

/* When the oldest event is due; UINT64_MAX: the queue is empty. */
uint64_t delay_queue_due(const struct delay_queue *queue);

/* Remove and free all events that @drop selects. */
void delay_queue_drop(struct delay_queue *queue, delay_queue_drop_fn drop, void *context);

#endif
