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
#include "daemon/changes.h"

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

/* Let what is held become due. */
static void wait_for(struct bench *bench, size_t n)
{
	const struct events_query all = { .limit = 1000, .scope = EVENT_SCOPE_COUNT };

	while (events_count(journal_events(bench->daemon), &all) < n)
		assert_int_equal(sd_event_run(bench->daemon->event, 5000000), 1);
}

static void live(struct bench *bench, size_t node, enum liveness_state state)
{
	changes_liveness(bench->daemon, &bench->nodes[node], state, 31000000);
}

static void all_up(struct bench *bench)
{
	for (size_t i = 1; i < NODES; i++)
		live(bench, i, LIVENESS_UP);
	assert_string_equal(told(bench), "liveness n2 unknown up node\n"
					 "liveness n3 unknown up node\n"
					 "liveness n4 unknown up node\n");
}

/* As isolation.c does when policy_is_isolated() says so. */
static void isolate(struct bench *bench, bool first)
{
	for (size_t i = 1; i < NODES; i++)
		bench->daemon->peers[i + 1].held = true;
	changes_isolated(bench->daemon, first, 3, 3);
}

static void rejoin(struct bench *bench, size_t up)
{
	for (size_t i = 1; i < NODES; i++)
		bench->daemon->peers[i + 1].held = false;
	changes_rejoined(bench->daemon, up);
}

#define UP "liveness n2 unknown up node\nliveness n3 unknown up node\nliveness n4 unknown up node\n"

static void test_journal_a_death_is_told_a_little_later(void **state)
{
	struct bench *bench = *state;

	all_up(bench);
	live(bench, 1, LIVENESS_DOWN);
	changes_admin(bench->daemon, &bench->nodes[2], STEER_ADMIN_ACTIVE, STEER_ADMIN_DRAINING,
		      "it says so");
	assert_string_equal(told(bench), UP);
	wait_for(bench, 5);
	assert_string_equal(told(bench), UP "liveness n2 up down node!\n"
					    "admin n3 active draining node\n");
}

/* A flap shorter than that is told all the same. */
static void test_journal_no_flap_is_lost(void **state)
{
	struct bench *bench = *state;

	all_up(bench);
	live(bench, 1, LIVENESS_DOWN);
	live(bench, 1, LIVENESS_UP);
	wait_for(bench, 5);
	assert_string_equal(told(bench), UP "liveness n2 up down node!\n"
					    "liveness n2 down up node\n");
}

static void test_journal_isolation_is_one_alarm(void **state)
{
	struct bench *bench = *state;

	all_up(bench);
	live(bench, 1, LIVENESS_DOWN);
	changes_panic(bench->daemon, 0, true);
	live(bench, 2, LIVENESS_DOWN);
	live(bench, 3, LIVENESS_DOWN);
	isolate(bench, true);
	changes_panic(bench->daemon, 0, false);
	isolate(bench, false);
	assert_string_equal(told(bench), UP "isolation n1 connected isolated systemic!\n");

	for (size_t i = 1; i < NODES; i++)
		live(bench, i, LIVENESS_UP);
	rejoin(bench, 3);
	assert_string_equal(told(bench), UP "isolation n1 connected isolated systemic!\n"
					    "isolation n1 isolated connected systemic\n");
}

static void test_journal_who_stays_silent_is_told_of_in_the_end(void **state)
{
	struct bench *bench = *state;

	all_up(bench);
	for (size_t i = 1; i < NODES; i++)
		live(bench, i, LIVENESS_DOWN);
	isolate(bench, true);
	live(bench, 1, LIVENESS_UP);
	live(bench, 3, LIVENESS_UP);
	rejoin(bench, 2);
	assert_string_equal(told(bench), UP "isolation n1 connected isolated systemic!\n"
					    "isolation n1 isolated connected systemic\n"
					    "liveness n3 up down node!\n");
	live(bench, 2, LIVENESS_UP);
	assert_non_null(strstr(told(bench), "liveness n3 down up node\n"));
}

/* What was told already needs its end. */
static void test_journal_isolation_after_deaths_that_were_told(void **state)
{
	struct bench *bench = *state;

	all_up(bench);
	live(bench, 1, LIVENESS_DOWN);
	wait_for(bench, 4);
	live(bench, 2, LIVENESS_DOWN);
	live(bench, 3, LIVENESS_DOWN);
	isolate(bench, true);
	for (size_t i = 1; i < NODES; i++)
		live(bench, i, LIVENESS_UP);
	rejoin(bench, 3);
	assert_string_equal(told(bench), UP "liveness n2 up down node!\n"
					    "isolation n1 connected isolated systemic!\n"
					    "liveness n2 down up node\n"
					    "isolation n1 isolated connected systemic\n");
}

/* Isolation does not explain a panic that goes on. */
static void test_journal_panic_that_lasts_is_told(void **state)
{
	struct bench *bench = *state;

	all_up(bench);
	live(bench, 1, LIVENESS_DOWN);
	changes_panic(bench->daemon, 0, true);
	isolate(bench, true);
	changes_panic(bench->daemon, 0, true);
	changes_panic(bench->daemon, 0, true);
	changes_panic(bench->daemon, 0, false);
	assert_string_equal(told(bench), UP "isolation n1 connected isolated systemic!\n"
					    "panic web off on service!\n"
					    "panic web on off service\n");
}

static void test_journal_nothing_held_is_lost_at_the_end(void **state)
{
	struct bench *bench = *state;

	all_up(bench);
	live(bench, 1, LIVENESS_DOWN);
	changes_ended(bench->daemon, &bench->cluster, "signal 15");
	journal_close(bench->daemon);
	assert_int_equal(journal_open(bench->daemon), 0);
	assert_string_equal(told(bench), UP "liveness n2 up down node!\n"
					    "daemon n1 running stopped node\n");
	changes_started(bench->daemon, &bench->cluster);
	journal_close(bench->daemon);
	assert_int_equal(journal_open(bench->daemon), 0);
	changes_started(bench->daemon, &bench->cluster);
	assert_non_null(strstr(told(bench), "daemon n1 stopped running node\n"
					    "daemon n1 died running node!\n"));
}

static void test_journal_tables_of_one_and_of_most(void **state)
{
	struct bench *bench = *state;
	const struct cluster_node *peers[] = { &bench->nodes[1], &bench->nodes[2],
					       &bench->nodes[3] };

	changes_tables(bench->daemon, true, peers, 0, 3);
	changes_tables(bench->daemon, true, peers, 1, 3);
	changes_tables(bench->daemon, false, peers, 1, 1);
	changes_tables(bench->daemon, true, peers, 2, 3);
	changes_tables(bench->daemon, false, peers, 3, 3);
	assert_string_equal(told(bench), "tables n2 same differ node!\n"
					 "tables n2 differ same node\n"
					 "tables n1 same differ systemic!\n"
					 "tables n1 differ same systemic\n");
}

static void test_journal_config(void **state)
{
	struct bench *bench = *state;

	bench->daemon->generation = 1;
	changes_config(bench->daemon, &bench->cluster, 0, NULL);
	changes_config(bench->daemon, &bench->cluster, 1, "steer.yaml:1:1: wrong");
	bench->daemon->generation = 2;
	changes_config(bench->daemon, &bench->cluster, 1, "checks cannot start");
	bench->daemon->generation = 3;
	changes_config(bench->daemon, &bench->cluster, 2, NULL);
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
	live(bench, 1, LIVENESS_DOWN);
	isolate(bench, true);
	changes_started(bench->daemon, &bench->cluster);
	assert_null(journal_events(bench->daemon));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_journal_a_death_is_told_a_little_later),
		TEST(test_journal_no_flap_is_lost),
		TEST(test_journal_isolation_is_one_alarm),
		TEST(test_journal_who_stays_silent_is_told_of_in_the_end),
		TEST(test_journal_isolation_after_deaths_that_were_told),
		TEST(test_journal_panic_that_lasts_is_told),
		TEST(test_journal_nothing_held_is_lost_at_the_end),
		TEST(test_journal_tables_of_one_and_of_most),
		TEST(test_journal_config),
		TEST(test_journal_before_it_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
