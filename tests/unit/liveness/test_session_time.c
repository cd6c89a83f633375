// SPDX-License-Identifier: GPL-2.0
#include "session_play.h"

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
		cmocka_unit_test(test_session_paused_daemon_accuses_nobody),
		cmocka_unit_test(test_session_jumping_clock_accuses_nobody),
		cmocka_unit_test(test_session_ignores_time_without_sends),
		cmocka_unit_test(test_session_late_answer_is_an_answer),
		cmocka_unit_test(test_session_due_is_exact),
		cmocka_unit_test(test_session_extremes_of_timing),
		cmocka_unit_test(test_session_silent_peer_does_not_rise_by_new_timing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
