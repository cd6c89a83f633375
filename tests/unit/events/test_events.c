// SPDX-License-Identifier: GPL-2.0
#include "events/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cleanup.h"
#include "directory.h"
#include "events/ring.h"
#include "sample.h"

static const struct events_query all = { .limit = 10000, .scope = EVENT_SCOPE_COUNT };

static struct events *open_events(const struct directory *d)
{
	struct events *events;
	int read_error;

	assert_int_equal(events_new(d->path, &events, &read_error), 0);
	assert_int_equal(read_error, 0);
	return events;
}

/* An event of this node; pool and scope by its number. */
static void add(struct events *events, const char *node)
{
	struct event event = sample_event(0);
	const struct event *recorded;

	event.node = node;
	assert_int_equal(events_add(events, &event, &recorded), 0);
	assert_string_equal(recorded->node, node);
}

/* The numbers of the events a query has, as "3 4 5"; where to go on. */
static const char *numbers(const struct events *events, const struct events_query *query,
			   json_int_t *ret_next)
{
	_cleanup_(cleanup_json) json_t *answer = events_list(events, query);
	static char text[20000];
	json_t *event;
	size_t used = 0, i;

	text[0] = '\0';
	json_array_foreach (json_object_get(answer, "events"), i, event)
		used += snprintf(text + used, sizeof(text) - used, "%s%lld", i ? " " : "",
				 json_integer_value(json_object_get(event, "sequence")));
	if (ret_next)
		*ret_next = json_integer_value(json_object_get(answer, "next"));
	return text;
}

static void test_events_numbers_go_on_after_a_restart(void **state)
{
	struct events *events = open_events(*state);
	_cleanup_(cleanup_json) json_t *answer = NULL;

	add(events, "n1");
	add(events, "n2");
	events_free(events);
	events = open_events(*state);
	add(events, "n3");
	assert_string_equal(numbers(events, &all, NULL), "1 2 3");
	answer = events_list(events, &all);
	assert_int_equal(json_integer_value(json_object_get(answer, "started")), 3);
	assert_int_equal(json_integer_value(json_object_get(answer, "oldest")), 1);
	events_free(events);
}

static void test_events_restart_remembers_the_newest(void **state)
{
	struct events *events = open_events(*state);
	const struct events_query two = { .limit = 2, .scope = EVENT_SCOPE_COUNT };
	_cleanup_(cleanup_json) json_t *answer = NULL;

	for (int i = 0; i < RING_EVENTS + 5; i++)
		add(events, "n1");
	events_free(events);
	events = open_events(*state);
	assert_int_equal(events_count(events, &all), RING_EVENTS);
	assert_string_equal(numbers(events, &two, NULL), "1004 1005");
	answer = events_list(events, &all);
	assert_int_equal(json_integer_value(json_object_get(answer, "oldest")), 6);
	events_free(events);
}

static void test_events_reader_misses_nothing(void **state)
{
	struct events_query query = { .has_since = true, .limit = 3, .scope = EVENT_SCOPE_COUNT };
	struct events *events = open_events(*state);
	json_int_t next;

	for (int i = 1; i <= 7; i++)
		add(events, i % 2 ? "odd" : "even");
	assert_string_equal(numbers(events, &query, &next), "1 2 3");
	assert_int_equal(next, 3);
	query.since = next;
	assert_string_equal(numbers(events, &query, &next), "4 5 6");
	query.since = next;
	assert_string_equal(numbers(events, &query, &next), "7");
	query.since = next;
	assert_string_equal(numbers(events, &query, &next), "");
	assert_int_equal(next, 7);

	/* What does not match is passed over, but never something that comes later. */
	query = (struct events_query){ .has_since = true, .limit = 2, .scope = EVENT_SCOPE_COUNT };
	query.node = "even";
	assert_string_equal(numbers(events, &query, &next), "2 4");
	query.since = next;
	assert_string_equal(numbers(events, &query, &next), "6");
	assert_int_equal(next, 7);
	events_free(events);
}

static void test_events_without_since_the_newest(void **state)
{
	struct events_query query = { .limit = 2, .scope = EVENT_SCOPE_COUNT };
	struct events *events = open_events(*state);
	json_int_t next;

	for (int i = 1; i <= 7; i++)
		add(events, i % 2 ? "odd" : "even");
	assert_string_equal(numbers(events, &query, &next), "6 7");
	assert_int_equal(next, 7);
	query.node = "even";
	assert_string_equal(numbers(events, &query, NULL), "4 6");
	query.limit = 0;
	assert_string_equal(numbers(events, &query, &next), "");
	assert_int_equal(next, 7);
	query = all;
	query.node = "nobody";
	assert_string_equal(numbers(events, &query, &next), "");
	events_free(events);
}

static void test_events_by_pool_and_scope(void **state)
{
	struct event event = sample_event(0);
	struct events *events = open_events(*state);
	const struct event *recorded;
	struct events_query query = all;

	for (int i = 0; i < 6; i++) {
		event.pool = i % 2 ? "web" : NULL;
		event.scope = i % EVENT_SCOPE_COUNT;
		events_add(events, &event, &recorded);
	}
	query.pool = "web";
	assert_string_equal(numbers(events, &query, NULL), "2 4 6");
	query.scope = EVENT_SCOPE_SYSTEMIC;
	assert_string_equal(numbers(events, &query, NULL), "6");
	query.pool = NULL;
	assert_string_equal(numbers(events, &query, NULL), "3 6");
	assert_int_equal(events_last(events, EVENT_LIVENESS)->sequence, 6);
	assert_null(events_last(events, EVENT_DAEMON));
	events_free(events);
}

static void test_events_are_told_even_if_not_stored(void **state)
{
	struct event event = sample_event(0);
	const struct event *recorded;
	struct events *events;
	int read_error;

	(void)state;
	assert_int_equal(events_new("/proc/steer", &events, &read_error), 0);
	assert_int_equal(read_error, 0);
	assert_true(events_add(events, &event, &recorded) < 0);
	assert_int_equal(recorded->sequence, 1);
	assert_string_equal(numbers(events, &all, NULL), "1");
	events_free(events);
}

/* Numbers that go backwards are not events a reader could ask for. */
static void test_events_edited_file(void **state)
{
	struct directory *d = *state;
	const uint64_t edited[] = { 5, 6, 3, 6, 9 };
	struct events *events;

	for (size_t i = 0; i < sizeof(edited) / sizeof(edited[0]); i++) {
		struct event event = sample_event(edited[i]);

		assert_int_equal(store_append(d->path, &event), 0);
	}
	events = open_events(d);
	add(events, "n1");
	assert_string_equal(numbers(events, &all, NULL), "5 6 9 10");
	events_free(events);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, directory_make, directory_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_events_numbers_go_on_after_a_restart),
		TEST(test_events_restart_remembers_the_newest),
		TEST(test_events_reader_misses_nothing),
		TEST(test_events_without_since_the_newest),
		TEST(test_events_by_pool_and_scope),
		TEST(test_events_are_told_even_if_not_stored),
		TEST(test_events_edited_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
