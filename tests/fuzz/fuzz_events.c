// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>

#include "cleanup.h"
#include "events/events.h"
#include "events/store.h"

/**
 * DOC: whatever is left of the files of events: those that can still be read, and the next one.
 *
 * Input: the older file, FUZZ_NEXT, the newer one.
 */
#define FUZZ_NEXT 0x1c

static char directory[FUZZ_PATH_MAX];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_directory(directory);
	return 0;
}

static void put(const char *suffix, const uint8_t *data, size_t size)
{
	char path[FUZZ_PATH_MAX + 32];
	int fd;

	snprintf(path, sizeof(path), "%s/" STORE_FILE "%s", directory, suffix);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

static int same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* What was read can be told, and read again. */
static void check_event(void *context, struct event *event)
{
	_cleanup_(cleanup_json) json_t *json = event_to_json(event), *line = NULL;
	_cleanup_(cleanup_free) struct event *again = event_from_json(json);
	char text[EVENT_TEXT_MAX];
	size_t *n = context;

	require(json && again && again->sequence == event->sequence);
	require(again->kind == event->kind && again->scope == event->scope &&
		again->severity == event->severity && again->time_us == event->time_us);
	require(same_text(again->node, event->node) && same_text(again->pool, event->pool) &&
		same_text(again->old, event->old) && same_text(again->new, event->new) &&
		same_text(again->cause, event->cause));
	require(json_dumpb(json, NULL, 0, JSON_COMPACT) < EVENT_LINE_MAX);
	line = json_string(event_text(event, text));
	require(line && !strpbrk(text, "\n\r\t\033\177"));
	free(event);
	++*n;
}

static size_t check_store(void)
{
	size_t n = 0;

	require(store_read(directory, check_event, &n) == 0);
	return n;
}

/* The journal goes on: what is added now is there after a restart, and is the newest. */
static void check_journal(void)
{
	const struct event event = { .kind = EVENT_DAEMON, .old = "a", .new = "b", .time_us = 7 };
	const struct events_query query = { .limit = 1, .scope = EVENT_SCOPE_COUNT };
	_cleanup_(cleanup_json) json_t *list = NULL;
	const struct event *added, *last;
	struct events *events;
	uint64_t sequence;
	int error;

	require(events_new(directory, &events, &error) == 0 && !error);
	require(events_add(events, &event, &added) == 0);
	sequence = added->sequence;
	events_free(events);
	if (sequence > EVENT_SEQUENCE_MAX)
		return; /* the last of all numbers was taken already */

	require(events_new(directory, &events, &error) == 0 && !error);
	require(events_newest(events) == sequence);
	last = events_last(events, EVENT_DAEMON);
	require(last && last->sequence == sequence && same_text(last->new, "b"));
	list = events_list(events, &query);
	require(list && json_array_size(json_object_get(list, "events")) == 1);
	events_free(events);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *older;
	size_t older_size = fuzz_take(&data, &size, FUZZ_NEXT, &older), before;

	put(".1", older, older_size);
	put("", data, size);
	before = check_store();
	check_journal();
	require(check_store() >= before);
	return 0;
}
