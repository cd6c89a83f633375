/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_EVENTS_EVENTS_H
#define STEER_EVENTS_EVENTS_H

#include "events/event.h"

/**
 * DOC: the journal of events: it numbers them and keeps the newest in memory (ring.h) and all of
 * them in a file (store.h).
 *
 * Queries are answered from memory, also while nothing can be stored.
 */
struct events;

struct events_query {
	bool has_since;
	uint64_t since;		 /* only events after this sequence number */
	size_t limit;		 /* of the events: with since the oldest, without it the newest */
	const char *node, *pool; /* NULL: any */
	enum event_scope scope;	 /* EVENT_SCOPE_COUNT: any */
};

/**
 * events_new - open a journal, which continues the one stored in the directory.
 * @directory: need not exist; copied
 * @ret_events: free with events_free()
 * @ret_read_error: 0; a negative errno if a file could not be read, and numbers may start over
 *
 * Return: 0, -ENOMEM.
 */
int events_new(const char *directory, struct events **ret_events, int *ret_read_error);
void events_free(struct events *events);

/**
 * events_add - record an event.
 * @event: copied; the copy gets the next sequence number
 * @ret_event: the event as recorded, valid until RING_EVENTS others follow; NULL without memory
 *
 * Return: 0; a negative errno if it could not be stored.
 */
int events_add(struct events *events, const struct event *event, const struct event **ret_event);

/* The newest event of a kind; NULL: there is none in memory. */
const struct event *events_last(const struct events *events, enum event_kind kind);

/* The sequence number of the newest event. */
uint64_t events_newest(const struct events *events);

/* The number of events in memory that match a query, whatever its limit. */
size_t events_count(const struct events *events, const struct events_query *query);

/**
 * events_list - the answer to a query, in the format of docs/control.md.
 *
 * A reader that passes the "next" of each answer as since of its next query misses no event that
 * is still in memory.
 *
 * Return: a new reference; NULL without memory.
 */
json_t *events_list(const struct events *events, const struct events_query *query);

#endif
