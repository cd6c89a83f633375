// SPDX-License-Identifier: GPL-2.0
#include "liveness/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/*
 * Each test is a table of events at times in ms. Probes are numbered from 0 in the order they
 * leave; JUDGE names the state expected after it.
 */
enum what {
	END,
	SEND,
	ANSWER, /* to probe n */
	IGNORE, /* an answer to probe n that must be refused */
	JUDGE,
};

struct event {
	uint64_t ms;
	enum what what;
	int n;
};

#define MS 1000000ULL
static const struct liveness_timing timing = { 10 * MS, 3, 2 };

static void play_from(const struct event *event, const struct liveness_timing *with, uint64_t first)
{
	struct liveness_session session;
	enum liveness_state before;

	liveness_session_init(&session, first, 0);
	for (; event->what; event++) {
		uint64_t now_ns = event->ms * MS;

		switch (event->what) {
		case END:
			break;
		case SEND:
			assert_int_equal(liveness_session_next(&session), first + event->n);
			liveness_session_sent(&session, now_ns);
			break;
		case ANSWER:
			assert_true(liveness_session_answer(&session, first + event->n, now_ns));
			assert_int_equal(session.last_answer_ns, now_ns);
			break;
		case IGNORE:
			assert_false(liveness_session_answer(&session, first + event->n, now_ns));
			break;
		case JUDGE:
			before = session.state;
			assert_int_equal(liveness_session_judge(&session, with, now_ns),
					 before != (enum liveness_state)event->n);
			assert_int_equal(session.state, event->n);
			if (session.state != before)
				assert_int_equal(session.changed_ns, now_ns);
			break;
		}
	}
}

/* The sequence must make no difference, least of all where it wraps. */
static void play(const struct event *event)
{
	static const uint64_t first[] = {
		0, 7, INT64_MAX - 1, UINT32_MAX, UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - 3
	};
	size_t i;

	for (i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		play_from(event, &timing, first[i]);
}

static void test_session_rises_after_answers_in_a_row(void **state)
{
	static const struct event events[] = {
		{ 0, JUDGE, LIVENESS_UNKNOWN },
		{ 0, SEND, 0 },
		{ 1, ANSWER, 0 },
		{ 10, JUDGE, LIVENESS_UNKNOWN },
		{ 10, SEND, 1 },
		{ 20, JUDGE, LIVENESS_UNKNOWN }, /* 1 lost: the row begins anew */
		{ 20, SEND, 2 },
		{ 21, ANSWER, 2 },
		{ 30, JUDGE, LIVENESS_UNKNOWN },
		{ 30, SEND, 3 },
		{ 31, ANSWER, 3 },
		{ 40, JUDGE, LIVENESS_UP },
		{},
	};

	(void)state;
	play(events);
}

static void test_session_concludes_next_to_a_dead_peer(void **state)
{
	static const struct event events[] = {
		{ 0, SEND, 0 },
		{ 10, JUDGE, LIVENESS_UNKNOWN },
		{ 10, SEND, 1 },
		{ 20, JUDGE, LIVENESS_UNKNOWN },
		{ 20, SEND, 2 },
		{ 27, JUDGE, LIVENESS_UNKNOWN },
		{ 28, JUDGE, LIVENESS_DOWN },
		{ 30, SEND, 3 },
		{ 40, JUDGE, LIVENESS_DOWN },
		{},
	};

	(void)state;
	play(events);
}

#define UP_BY_20                                                              \
	{ 0, SEND, 0 }, { 1, ANSWER, 0 }, { 10, SEND, 1 }, { 11, ANSWER, 1 }, \
	{                                                                     \
		20, JUDGE, LIVENESS_UP                                        \
	}

static void test_session_falls_28_ms_after_first_lost_probe(void **state)
{
	static const struct event events[] = {
		UP_BY_20,
		{ 20, SEND, 2 },
		{ 30, JUDGE, LIVENESS_UP },
		{ 30, SEND, 3 },
		{ 40, JUDGE, LIVENESS_UP },
		{ 40, SEND, 4 },
		{ 47, JUDGE, LIVENESS_UP },
		{ 48, JUDGE, LIVENESS_DOWN },
		{ 50, SEND, 5 },
		{ 51, ANSWER, 5 },
		{ 60, JUDGE, LIVENESS_DOWN },
		{ 60, SEND, 6 },
		{ 61, ANSWER, 6 },
		{ 70, JUDGE, LIVENESS_UP },
		{},
	};

	(void)state;
	play(events);
}

/* Answers from before a fall do not count for the next rise. */
static void test_session_rises_anew_after_a_fall(void **state)
{
	static const struct event events[] = {
		UP_BY_20,
		{ 20, SEND, 2 },
		{ 30, SEND, 3 },
		{ 40, SEND, 4 },
		{ 48, JUDGE, LIVENESS_DOWN },
		{ 51, ANSWER, 2 }, /* follows 1, which was answered */
		{ 52, JUDGE, LIVENESS_DOWN },
		{ 53, ANSWER, 3 },
		{ 54, JUDGE, LIVENESS_UP },
		{},
	};

	(void)state;
	play(events);
}

static void test_session_forgives_single_losses(void **state)
{
	static const struct event events[] = {
		UP_BY_20,
		{ 20, SEND, 2 },
		{ 30, JUDGE, LIVENESS_UP },
		{ 30, SEND, 3 },
		{ 40, JUDGE, LIVENESS_UP },
		{ 40, SEND, 4 },
		{ 41, ANSWER, 4 },
		{ 50, JUDGE, LIVENESS_UP },
		{ 50, SEND, 5 },
		{ 60, JUDGE, LIVENESS_UP },
		{ 60, SEND, 6 },
		{ 70, JUDGE, LIVENESS_UP },
		{ 70, SEND, 7 },
		{ 77, JUDGE, LIVENESS_UP },
		{ 77, ANSWER, 7 },
		{ 80, JUDGE, LIVENESS_UP },
		{},
	};

	(void)state;
	play(events);
}

static void test_session_paused_daemon_accuses_nobody(void **state)
{
	static const struct event events[] = {
		UP_BY_20,
		{ 20, SEND, 2 },
		/* 500 ms of nothing; the answer waited in the socket */
		{ 520, ANSWER, 2 },
		{ 520, JUDGE, LIVENESS_UP },
		{ 520, SEND, 3 },
		/* again, and this time the answer was lost: one lost probe is one lost probe */
		{ 1020, JUDGE, LIVENESS_UP },
		{ 1020, SEND, 4 },
		{ 1520, JUDGE, LIVENESS_UP },
		{ 1520, ANSWER, 4 },
		{ 1520, SEND, 5 },
		{ 1530, JUDGE, LIVENESS_UP },
		{},
	};

	(void)state;
	play(events);
}

/* A virtual machine that was suspended, or a clock that should not jump but does. */
static void test_session_jumping_clock_accuses_nobody(void **state)
{
	static const struct event forward[] = {
		{ 0, SEND, 0 },
		{ 1, ANSWER, 0 },
		{ 10, SEND, 1 },
		{ 11, ANSWER, 1 },
		{ 20, JUDGE, LIVENESS_UP },
		{ 20, SEND, 2 },
		{ 30, SEND, 3 },
		{ 3600000, JUDGE, LIVENESS_UP }, /* two were sent, and no third */
		{ 3600000, SEND, 4 },
		{ 3600001, JUDGE, LIVENESS_UP }, /* which has its time, too */
		{ 3600007, JUDGE, LIVENESS_UP },
		{ 3600007, ANSWER, 4 },
		{ 3600010, JUDGE, LIVENESS_UP },
		{},
	};
	static const struct event back[] = {
		{ 3600000, SEND, 0 },
		{ 3600001, ANSWER, 0 },
		{ 3600010, SEND, 1 },
		{ 3600011, ANSWER, 1 },
		{ 3600020, JUDGE, LIVENESS_UP },
		{ 3600020, SEND, 2 },
		{ 5, ANSWER, 2 },
		{ 10, JUDGE, LIVENESS_UP },
		{ 10, SEND, 3 },
		{ 20, SEND, 4 },
		{ 30, SEND, 5 },
		{ 37, JUDGE, LIVENESS_UP },
		{ 38, JUDGE, LIVENESS_DOWN }, /* a death is still one */
		{},
	};

	(void)state;
	play(forward);
	play(back);
}

/* Sends that failed leave no trace: however long, nothing is concluded. */
static void test_session_ignores_time_without_sends(void **state)
{
	static const struct event events[] = {
		UP_BY_20,
		{ 20, SEND, 2 },
		{ 30, SEND, 3 },
		{ 10000, JUDGE, LIVENESS_UP },
		{ 20000, JUDGE, LIVENESS_UP },
		{ 20000, SEND, 4 },
		/* The last of the three must have its time, too. */
		{ 20007, JUDGE, LIVENESS_UP },
		{ 20008, JUDGE, LIVENESS_DOWN },
		{},
	};

	(void)state;
	play(events);
}

static void test_session_late_answer_is_an_answer(void **state)
{
	static const struct event events[] = {
		UP_BY_20,
		{ 20, SEND, 2 },
		{ 30, SEND, 3 },
		{ 40, SEND, 4 },
		{ 47, ANSWER, 2 },
		{ 48, JUDGE, LIVENESS_UP },
		{ 50, SEND, 5 },
		{ 60, SEND, 6 },
		{ 70, SEND, 7 },
		{ 77, JUDGE, LIVENESS_UP },
		{ 78, JUDGE, LIVENESS_DOWN },
		{},
	};

	(void)state;
	play(events);
}

/* A path longer than the interval, even longer than the time until "down". */
static void test_session_rises_and_stays_on_a_long_path(void **state)
{
	struct liveness_session session;
	uint32_t n;

	(void)state;
	liveness_session_init(&session, UINT64_MAX - 20, 0);
	for (n = 0; n < 100; n++) {
		uint64_t now_ns = n * 10 * MS;

		if (n >= 12) {
			uint64_t sequence = UINT64_MAX - 20 + n - 12;

			assert_true(liveness_session_answer(&session, sequence, now_ns + 5 * MS));
			assert_int_equal(session.rtt_ns, 125 * MS);
			liveness_session_judge(&session, &timing, now_ns + 5 * MS);
		}
		if (n > 13)
			assert_int_equal(session.state, LIVENESS_UP);
		liveness_session_sent(&session, now_ns);
	}
}

static void test_session_refuses_replays_and_strays(void **state)
{
	static const struct event events[] = {
		{ 0, IGNORE, 0 }, /* not sent yet */
		{ 0, IGNORE, -1 },
		{ 0, IGNORE, 16 },
		{ 0, SEND, 0 },
		{ 0, IGNORE, 1 },
		{ 0, IGNORE, -16 },
		{ 0, IGNORE, 16 },
		{ 1, ANSWER, 0 },
		{ 2, IGNORE, 0 }, /* twice */
		{ 3, JUDGE, LIVENESS_UNKNOWN },
		{ 10, SEND, 1 },
		{ 11, ANSWER, 1 },
		{ 11, IGNORE, 0 },
		{ 20, JUDGE, LIVENESS_UP },
		/* a replay does not keep a dead peer alive */
		{ 20, SEND, 2 },
		{ 30, SEND, 3 },
		{ 40, SEND, 4 },
		{ 49, IGNORE, 1 },
		{ 50, JUDGE, LIVENESS_DOWN },
		{},
	};

	(void)state;
	play(events);
}

static void test_session_forgets_beyond_window(void **state)
{
	struct liveness_session session;
	uint32_t n;

	(void)state;
	liveness_session_init(&session, UINT64_MAX - 3, 0);
	for (n = 0; n < LIVENESS_WINDOW + 1; n++)
		liveness_session_sent(&session, (n + 1) * 10 * MS);
	assert_false(liveness_session_answer(&session, UINT64_MAX - 3, 180 * MS));
	assert_true(liveness_session_answer(&session, UINT64_MAX - 2, 180 * MS));
	assert_int_equal(session.rtt_ns, 160 * MS);
}

static void test_session_due_is_exact(void **state)
{
	struct liveness_session session;

	(void)state;
	liveness_session_init(&session, 5, 0);
	liveness_session_sent(&session, 1 * MS);
	liveness_session_sent(&session, 11 * MS);
	assert_int_equal(liveness_session_due(&session, &timing), UINT64_MAX);
	liveness_session_sent(&session, 20 * MS);
	assert_int_equal(liveness_session_due(&session, &timing), 28 * MS + MS / 2);
	liveness_session_sent(&session, 28 * MS);
	assert_int_equal(liveness_session_due(&session, &timing), 28 * MS + MS / 2);
	assert_false(liveness_session_judge(&session, &timing, 28 * MS + MS / 2 - 1));
	assert_true(liveness_session_judge(&session, &timing, 28 * MS + MS / 2));
	assert_int_equal(liveness_session_due(&session, &timing), UINT64_MAX);
}

static void test_session_extremes_of_timing(void **state)
{
	static const struct liveness_timing hasty = { 10 * MS, 1, 1 };
	static const struct liveness_timing slow = { 10 * MS, LIVENESS_WINDOW - 1, 1 };
	static const struct event events[] = {
		{ 0, SEND, 0 },
		{ 7, JUDGE, LIVENESS_UNKNOWN },
		{ 7, ANSWER, 0 },
		{ 8, JUDGE, LIVENESS_UP },
		{ 10, SEND, 1 },
		{ 17, JUDGE, LIVENESS_UP },
		{ 18, JUDGE, LIVENESS_DOWN },
		{},
	};
	struct liveness_session session;
	unsigned int n;

	(void)state;
	play_from(events, &hasty, UINT64_MAX);

	liveness_session_init(&session, UINT64_MAX - 4, 0);
	for (n = 0; n < LIVENESS_WINDOW - 1; n++) {
		assert_false(liveness_session_judge(&session, &slow, n * 10 * MS));
		liveness_session_sent(&session, n * 10 * MS);
	}
	assert_false(liveness_session_judge(&session, &slow, 147 * MS + MS / 2 - 1));
	assert_true(liveness_session_judge(&session, &slow, 147 * MS + MS / 2));
}

/* The timing changes while a peer that is down has answered once, and no more. */
static void test_session_silent_peer_does_not_rise_by_new_timing(void **state)
{
	static const struct liveness_timing strict = { 10 * MS, 3, 3 }, lax = { 10 * MS, 3, 1 };
	struct liveness_session session;
	unsigned int n;

	(void)state;
	liveness_session_init(&session, 0, 0);
	for (n = 0; n < 3; n++)
		liveness_session_sent(&session, n * 10 * MS);
	assert_true(liveness_session_judge(&session, &strict, 40 * MS));
	assert_true(liveness_session_answer(&session, 2, 41 * MS));
	for (n = 5; n < 8; n++)
		liveness_session_sent(&session, n * 10 * MS);
	assert_false(liveness_session_judge(&session, &strict, 100 * MS));
	assert_false(liveness_session_judge(&session, &lax, 100 * MS));
	assert_int_equal(session.state, LIVENESS_DOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session_rises_after_answers_in_a_row),
		cmocka_unit_test(test_session_concludes_next_to_a_dead_peer),
		cmocka_unit_test(test_session_falls_28_ms_after_first_lost_probe),
		cmocka_unit_test(test_session_rises_anew_after_a_fall),
		cmocka_unit_test(test_session_forgives_single_losses),
		cmocka_unit_test(test_session_paused_daemon_accuses_nobody),
		cmocka_unit_test(test_session_jumping_clock_accuses_nobody),
		cmocka_unit_test(test_session_ignores_time_without_sends),
		cmocka_unit_test(test_session_late_answer_is_an_answer),
		cmocka_unit_test(test_session_rises_and_stays_on_a_long_path),
		cmocka_unit_test(test_session_refuses_replays_and_strays),
		cmocka_unit_test(test_session_forgets_beyond_window),
		cmocka_unit_test(test_session_due_is_exact),
		cmocka_unit_test(test_session_extremes_of_timing),
		cmocka_unit_test(test_session_silent_peer_does_not_rise_by_new_timing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
