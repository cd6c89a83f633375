// SPDX-License-Identifier: GPL-2.0
#include "events/events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "events/ring.h"
#include "events/store.h"

struct events {
	char *directory;
	uint64_t last;	  /* sequence number of the newest event */
	uint64_t started; /* sequence number of the first event of this run */
	struct event_ring ring;
};

/* store_read_fn. An event whose number does not ascend is skipped: the file was edited. */
static void take_stored(void *context, struct event *event)
{
	struct events *events = context;

	if (event->sequence <= events->last) {
		free(event);
		return;
	}
	events->last = event->sequence;
	ring_add(&events->ring, event);
}

void events_free(struct events *events)
{
	if (!events)
		return;
	ring_clear(&events->ring);
	free(events->directory);
	free(events);
}

int events_new(const char *directory, struct events **ret_events, int *ret_read_error)
{
	struct events *events = calloc(1, sizeof(*events));

	if (!events)
		return -ENOMEM;
	events->directory = strdup(directory);
	if (!events->directory) {
		free(events);
		return -ENOMEM;
	}
	*ret_read_error = store_read(directory, take_stored, events);
	events->started = events->last + 1;
	*ret_events = events;
	return 0;
}

int events_add(struct events *events, const struct event *event, const struct event **ret_event)
{
	struct event *copy = event_copy(event);

	*ret_event = copy;
	if (!copy)
		return -ENOMEM;
	copy->sequence = ++events->last;
	ring_add(&events->ring, copy);
	return store_append(events->directory, copy);
}

const struct event *events_last(const struct events *events, enum event_kind kind)
{
	size_t i = events->ring.n;

	while (i--)
		if (ring_at(&events->ring, i)->kind == kind)
			return ring_at(&events->ring, i);
	return NULL;
}

uint64_t events_newest(const struct events *events)
{
	return events->last;
}

static bool same_name(const char *wanted, const char *name)
{
	return !wanted || (name && !strcmp(wanted, name));
}

static bool matches(const struct events_query *query, const struct event *event)
{
	return (!query->has_since || event->sequence > query->since) &&
	       same_name(query->node, event->node) && same_name(query->pool, event->pool) &&
	       (query->scope == EVENT_SCOPE_COUNT || query->scope == event->scope);
}

size_t events_count(const struct events *events, const struct events_query *query)
{
	size_t count = 0;

	for (size_t i = 0; i < events->ring.n; i++)
		count += matches(query, ring_at(&events->ring, i));
	return count;
}

json_t *events_list(const struct events *events, const struct events_query *query)
{
	size_t skip = 0, count = events_count(events, query);
	uint64_t oldest = events->ring.n ? ring_at(&events->ring, 0)->sequence : events->last + 1;
	json_t *list = json_array();
	uint64_t next = events->last; /* the since of the reader's next query */

	if (!query->has_since && count > query->limit)
		skip = count - query->limit;
	for (size_t i = 0; i < events->ring.n; i++) {
		const struct event *event = ring_at(&events->ring, i);

		if (!matches(query, event))
			continue;
		if (skip) {
			skip--;
			continue;
		}
		if (json_array_size(list) == query->limit)
			break;
		json_array_append_new(list, event_to_json(event));
		if (json_array_size(list) == query->limit)
			next = event->sequence;
	}
	return json_pack("{s:o, s:I, s:I, s:I}", "events", list, "next", (json_int_t)next, "oldest",
			 (json_int_t)oldest, "started", (json_int_t)events->started);
}
