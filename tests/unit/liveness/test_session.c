// SPDX-License-Identifier: GPL-2.0
#include "session_play.h"

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

/* There is no route to it: it may never be reached. */
static void test_session_falls_when_never_reached(void **state)
{
	static const struct event none_sent[] = {
		{ 0, FAIL, 0 },
		{ 10, JUDGE, LIVENESS_UNKNOWN },
		{ 10, FAIL, 0 },
		{ 20, FAIL, 0 },
		{ 29, JUDGE, LIVENESS_UNKNOWN },
		{ 30, JUDGE, LIVENESS_DOWN },
		{},
	};
	static const struct event some_sent[] = {
		{ 0, FAIL, 0 }, { 10, SEND, 0 }, { 20, FAIL, 0 }, { 30, JUDGE, LIVENESS_DOWN }, {},
	};
	/* Many at once, as after a pause, are not enough: it takes its time. */
	static const struct event at_once[] = {
		{ 1, FAIL, 0 },
		{ 1, FAIL, 0 },
		{ 1, FAIL, 0 },
		{ 2, JUDGE, LIVENESS_UNKNOWN },
		{ 30, JUDGE, LIVENESS_DOWN },
		{},
	};
	/* Once it has answered, only what was sent counts. */
	static const struct event has_answered[] = {
		UP_BY_20,
		{ 20, FAIL, 0 },
		{ 30, FAIL, 0 },
		{ 40, FAIL, 0 },
		{ 900, JUDGE, LIVENESS_UP },
		{},
	};

	(void)state;
	play(none_sent);
	play(some_sent);
	play(at_once);
	play(has_answered);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session_rises_after_answers_in_a_row),
		cmocka_unit_test(test_session_concludes_next_to_a_dead_peer),
		cmocka_unit_test(test_session_falls_28_ms_after_first_lost_probe),
		cmocka_unit_test(test_session_rises_anew_after_a_fall),
		cmocka_unit_test(test_session_forgives_single_losses),
		cmocka_unit_test(test_session_rises_and_stays_on_a_long_path),
		cmocka_unit_test(test_session_refuses_replays_and_strays),
		cmocka_unit_test(test_session_falls_when_never_reached),
		cmocka_unit_test(test_session_forgets_beyond_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
