// SPDX-License-Identifier: GPL-2.0
#include "liveness/news.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void change(struct news *news, uint16_t node, uint64_t at_ns, enum liveness_state state)
{
	const struct news_change change = { state, at_ns, at_ns / 2 };

	news_add_change(news, node, &change);
}

static void expect_change(struct news *news, uint16_t node, uint64_t at_ns,
			  enum liveness_state state)
{
	struct news_change found;
	uint16_t of;

	assert_int_equal(news_take(news, &of, &found), NEWS_CHANGE);
	assert_int_equal(of, node);
	assert_int_equal(found.at_ns, at_ns);
	assert_int_equal(found.silent_ns, at_ns / 2);
	assert_int_equal(found.state, state);
}

static void expect_report(struct news *news, uint16_t node)
{
	struct news_change found;
	uint16_t of;

	assert_int_equal(news_take(news, &of, &found), NEWS_REPORT);
	assert_int_equal(of, node);
}

static void expect_nothing(struct news *news)
{
	struct news_change found;
	uint16_t of;

	assert_int_equal(news_take(news, &of, &found), NEWS_NONE);
	assert_int_equal(news->n_changes, 0);
	assert_int_equal(news->n_reports, 0);
}

static void test_news_come_in_order_of_time(void **state)
{
	struct news news = {};

	(void)state;
	expect_nothing(&news);
	change(&news, 7, 10, LIVENESS_DOWN);
	change(&news, 3, 20, LIVENESS_DOWN);
	change(&news, STEER_MAX_NODES - 1, 20, LIVENESS_DOWN);
	change(&news, 7, 30, LIVENESS_UP);
	expect_change(&news, 7, 10, LIVENESS_DOWN);
	expect_change(&news, 3, 20, LIVENESS_DOWN);
	expect_change(&news, STEER_MAX_NODES - 1, 20, LIVENESS_DOWN);
	change(&news, 3, 40, LIVENESS_UP);
	expect_change(&news, 7, 30, LIVENESS_UP);
	expect_change(&news, 3, 40, LIVENESS_UP);
	expect_nothing(&news);
}

/* Of reports only that there is one; behind changes, but before the one that would use it. */
static void test_news_report_comes_before_its_peer_is_up(void **state)
{
	struct news news = {};

	(void)state;
	news_add_report(&news, 4);
	news_add_report(&news, 5);
	news_add_report(&news, 5);
	news_add_report(&news, 6);
	change(&news, 6, 10, LIVENESS_DOWN);
	change(&news, 5, 20, LIVENESS_UP);
	expect_change(&news, 6, 10, LIVENESS_DOWN);
	expect_report(&news, 5);
	expect_change(&news, 5, 20, LIVENESS_UP);
	expect_report(&news, 4);
	expect_report(&news, 6);
	expect_nothing(&news);
}

/* However often a peer flaps while nobody listens: what is told ends as it really ended. */
static void test_news_are_bounded_and_end_right(void **state)
{
	struct news news = {};
	struct news_change found;
	enum liveness_state last = LIVENESS_UNKNOWN;
	uint64_t last_ns = 0;
	unsigned int flaps, i, n;
	uint16_t of;

	(void)state;
	for (flaps = 1; flaps < 50; flaps++) {
		for (i = 0; i < flaps; i++)
			change(&news, 9, i + 1, i % 2 ? LIVENESS_UP : LIVENESS_DOWN);
		for (n = 0; news_take(&news, &of, &found) != NEWS_NONE; n++) {
			assert_int_equal(of, 9);
			assert_true(found.at_ns > last_ns);
			assert_int_not_equal(found.state, last);
			last_ns = found.at_ns;
			last = found.state;
		}
		assert_in_range(n, 1, NEWS_CHANGES);
		assert_int_equal(last, flaps % 2 ? LIVENESS_DOWN : LIVENESS_UP);
		expect_nothing(&news);
		last_ns = 0;
		last = LIVENESS_UNKNOWN;
	}
}

static void test_news_of_who_is_gone_are_none(void **state)
{
	struct news news = {};

	(void)state;
	change(&news, 1, 10, LIVENESS_DOWN);
	change(&news, 1, 20, LIVENESS_UP);
	news_add_report(&news, 1);
	change(&news, 2, 30, LIVENESS_DOWN);
	news_forget(&news, 1);
	expect_change(&news, 2, 30, LIVENESS_DOWN);
	expect_nothing(&news);
	news_forget(&news, 1);
	expect_nothing(&news);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_news_come_in_order_of_time),
		cmocka_unit_test(test_news_report_comes_before_its_peer_is_up),
		cmocka_unit_test(test_news_are_bounded_and_end_right),
		cmocka_unit_test(test_news_of_who_is_gone_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
