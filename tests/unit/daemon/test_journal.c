// SPDX-License-Identifier: GPL-2.0
#include "daemon/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cleanup.h"
#include "bench.h"
#include "daemon/clock.h"
#include "daemon/daemon_events.h"

/* What the journal has, one "KIND NODE OLD NEW SCOPE" or "KIND POOL …" per line. */
static const char *told(const struct bench *bench)
{
	const struct events_query all = { .limit = 1000, .scope = EVENT_SCOPE_COUNT };
	_cleanup_(cleanup_json) json_t *answer = events_list(journal_events(bench->daemon), &all);
	static char text[4096];
	size_t used = 0, i;
	json_t *json;

	text[0] = '\0';
	json_array_foreach (json_object_get(answer, "events"), i, json) {
		_cleanup_(cleanup_free) struct event *event = event_from_json(json);

		used += snprintf(text + used, sizeof(text) - used, "%s %s %s %s %s%s\n",
				 event_kind_word(event->kind),
				 event->node   ? event->node
				 : event->pool ? event->pool
					       : "-",
				 event->old ?: "-", event->new, event_scope_word(event->scope),
				 event_is_alarm(event) ? "!" : "");
	}
	return text;
}

/* An event that waits for what may explain it, and what comes behind it. */
static void delay(struct bench *bench, uint64_t delay_ns)
{
	const struct event event = { .kind = EVENT_LIVENESS,
				     .node = "n2",
				     .old = "up",
				     .new = "down",
				     .severity = EVENT_SEVERITY_WARNING };
	const struct event_time now = clock_now();

	assert_int_equal(event_queue_add(bench->daemon->state, &event, delay_ns, &now), 0);
}

static void test_journal_events_wait_for_the_one_before(void **state)
{
	struct bench *bench = *state;

	delay(bench, 1000000000ULL);
	daemon_event_ended(bench->daemon, bench->config, "signal 15");
	assert_string_equal(told(bench), "");
	journal_release(bench->daemon, clock_now_ns() + 1000000000ULL);
	assert_string_equal(told(bench), "liveness n2 up down node!\n"
					 "daemon n1 running stopped node\n");
}

static void test_journal_nothing_delayed_is_lost_at_the_end(void **state)
{
	struct bench *bench = *state;

	delay(bench, 1000000000ULL);
	daemon_event_ended(bench->daemon, bench->config, "signal 15");
	journal_close(bench->daemon);
	assert_int_equal(journal_open(bench->daemon), 0);
	assert_string_equal(told(bench), "liveness n2 up down node!\n"
					 "daemon n1 running stopped node\n");
	daemon_event_started(bench->daemon, bench->config);
	journal_close(bench->daemon);
	assert_int_equal(journal_open(bench->daemon), 0);
	daemon_event_started(bench->daemon, bench->config);
	assert_non_null(strstr(told(bench), "daemon n1 stopped running node\n"
					    "daemon n1 died running node!\n"));
}

static void test_journal_config(void **state)
{
	struct bench *bench = *state;

	bench->daemon->state->generation = 1;
	daemon_event_config(bench->daemon, bench->config, 0, NULL);
	daemon_event_config(bench->daemon, bench->config, 1, "steer.yaml:1:1: wrong");
	bench->daemon->state->generation = 2;
	daemon_event_config(bench->daemon, bench->config, 1, "checks cannot start");
	bench->daemon->state->generation = 3;
	daemon_event_config(bench->daemon, bench->config, 2, NULL);
	assert_string_equal(told(bench), "config n1 - generation 1 node\n"
					 "config n1 generation 1 refused node!\n"
					 "config n1 generation 1 generation 2 node!\n"
					 "config n1 generation 2 generation 3 node\n");
}

/* Without a journal there is the log. */
static void test_journal_before_it_is_open(void **state)
{
	struct bench *bench = *state;

	journal_close(bench->daemon);
	delay(bench, 0);
	daemon_event_started(bench->daemon, bench->config);
	assert_null(journal_events(bench->daemon));
	assert_true(delay_queue_due(&bench->daemon->state->delayed) == UINT64_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_journal_events_wait_for_the_one_before),
		TEST(test_journal_nothing_delayed_is_lost_at_the_end),
		TEST(test_journal_config),
		TEST(test_journal_before_it_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
