/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_EVENTS_EVENTS_H
#define STEER_EVENTS_EVENTS_H

#include "events/event.h"

/**
 * DOC: the journal of state changes: numbers them, keeps the newest in memory (ring.h) and all in a
 * file (store.h).
 *
 * What is in memory is told even if nothing can be stored.
 */
struct events;

struct events_query {
	bool has_since;
	uint64_t since;		 /* only later ones than this sequence number … */
	size_t limit;		 /* … and of these the oldest; without it, of all the newest */
	const char *node, *pool; /* NULL: any */
	enum event_scope scope;	 /* EVENT_SCOPE_COUNT: any */
};

/**
 * events_new - a journal that goes on where the one in the directory ends.
 * @directory: need not exist; copied
 * @ret_read_error: 0; a negative errno if there is a file that cannot be read: numbers begin anew
 *
 * Return: 0, -ENOMEM.
 */
int events_new(const char *directory, struct events **ret_events, int *ret_read_error);
void events_free(struct events *events);

/**
 * events_add - record an event.
 * @event: copied; its sequence number is given here
 * @ret_event: as recorded, until so many others have come; NULL if out of memory
 *
 * Return: 0; a negative errno if it could not be stored.
 */
int events_add(struct events *events, const struct event *event, const struct event **ret_event);

/* The newest of a kind, NULL: none is known. */
const struct event *events_last(const struct events *events, enum event_kind kind);

/* The number given last. */
uint64_t events_newest(const struct events *events);

/* How many known events a query has. */
size_t events_count(const struct events *events, const struct events_query *query);

/**
 * events_list - the answer to a query, as docs/control.md has it.
 *
 * With since, a reader that asks again from the last number it has seen misses nothing that is
 * still known. Return: a new reference; NULL when out of memory.
 */
json_t *events_list(const struct events *events, const struct events_query *query);

#endif
