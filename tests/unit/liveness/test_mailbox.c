// SPDX-License-Identifier: GPL-2.0
#include "liveness/mailbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void change(struct mailbox *mailbox, uint16_t node, uint64_t at_ns,
		   enum liveness_state state)
{
	const struct mailbox_change change = { state, at_ns, at_ns / 2 };

	mailbox_add_change(mailbox, node, &change);
}

static void expect_change(struct mailbox *mailbox, uint16_t node, uint64_t at_ns,
			  enum liveness_state state)
{
	struct mailbox_change found;
	uint16_t of;

	assert_int_equal(mailbox_take(mailbox, &of, &found), MAILBOX_CHANGE);
	assert_int_equal(of, node);
	assert_int_equal(found.at_ns, at_ns);
	assert_int_equal(found.silent_ns, at_ns / 2);
	assert_int_equal(found.state, state);
}

static void expect_report(struct mailbox *mailbox, uint16_t node)
{
	struct mailbox_change found;
	uint16_t of;

	assert_int_equal(mailbox_take(mailbox, &of, &found), MAILBOX_REPORT);
	assert_int_equal(of, node);
}

static void expect_nothing(struct mailbox *mailbox)
{
	struct mailbox_change found;
	uint16_t of;

	assert_int_equal(mailbox_take(mailbox, &of, &found), MAILBOX_NONE);
	assert_int_equal(mailbox->n_changes, 0);
	assert_int_equal(mailbox->n_reports, 0);
}

static void test_mailbox_come_in_order_of_time(void **state)
{
	struct mailbox mailbox = {};

	(void)state;
	expect_nothing(&mailbox);
	change(&mailbox, 7, 10, LIVENESS_DOWN);
	change(&mailbox, 3, 20, LIVENESS_DOWN);
	change(&mailbox, STEER_MAX_NODES - 1, 20, LIVENESS_DOWN);
	change(&mailbox, 7, 30, LIVENESS_UP);
	expect_change(&mailbox, 7, 10, LIVENESS_DOWN);
	expect_change(&mailbox, 3, 20, LIVENESS_DOWN);
	expect_change(&mailbox, STEER_MAX_NODES - 1, 20, LIVENESS_DOWN);
	change(&mailbox, 3, 40, LIVENESS_UP);
	expect_change(&mailbox, 7, 30, LIVENESS_UP);
	expect_change(&mailbox, 3, 40, LIVENESS_UP);
	expect_nothing(&mailbox);
}

/* Of reports only that there is one; behind changes, but before the one that would use it. */
static void test_mailbox_report_comes_before_its_peer_is_up(void **state)
{
	struct mailbox mailbox = {};

	(void)state;
	mailbox_add_report(&mailbox, 4);
	mailbox_add_report(&mailbox, 5);
	mailbox_add_report(&mailbox, 5);
	mailbox_add_report(&mailbox, 6);
	change(&mailbox, 6, 10, LIVENESS_DOWN);
	change(&mailbox, 5, 20, LIVENESS_UP);
	expect_change(&mailbox, 6, 10, LIVENESS_DOWN);
	expect_report(&mailbox, 5);
	expect_change(&mailbox, 5, 20, LIVENESS_UP);
	expect_report(&mailbox, 4);
	expect_report(&mailbox, 6);
	expect_nothing(&mailbox);
}

/* However often a peer flaps while nobody listens: what is told ends as it really ended. */
static void test_mailbox_are_bounded_and_end_right(void **state)
{
	struct mailbox mailbox = {};
	struct mailbox_change found;
	enum liveness_state last = LIVENESS_UNKNOWN;
	uint64_t last_ns = 0;
	unsigned int flaps, i, n;
	uint16_t of;

	(void)state;
	for (flaps = 1; flaps < 50; flaps++) {
		for (i = 0; i < flaps; i++)
			change(&mailbox, 9, i + 1, i % 2 ? LIVENESS_UP : LIVENESS_DOWN);
		for (n = 0; mailbox_take(&mailbox, &of, &found) != MAILBOX_NONE; n++) {
			assert_int_equal(of, 9);
			assert_true(found.at_ns > last_ns);
			assert_int_not_equal(found.state, last);
			last_ns = found.at_ns;
			last = found.state;
		}
		assert_in_range(n, 1, MAILBOX_CHANGES);
		assert_int_equal(last, flaps % 2 ? LIVENESS_DOWN : LIVENESS_UP);
		expect_nothing(&mailbox);
		last_ns = 0;
		last = LIVENESS_UNKNOWN;
	}
}

static void test_mailbox_of_who_is_gone_are_none(void **state)
{
	struct mailbox mailbox = {};

	(void)state;
	change(&mailbox, 1, 10, LIVENESS_DOWN);
	change(&mailbox, 1, 20, LIVENESS_UP);
	mailbox_add_report(&mailbox, 1);
	change(&mailbox, 2, 30, LIVENESS_DOWN);
	mailbox_forget(&mailbox, 1);
	expect_change(&mailbox, 2, 30, LIVENESS_DOWN);
	expect_nothing(&mailbox);
	mailbox_forget(&mailbox, 1);
	expect_nothing(&mailbox);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mailbox_come_in_order_of_time),
		cmocka_unit_test(test_mailbox_report_comes_before_its_peer_is_up),
		cmocka_unit_test(test_mailbox_are_bounded_and_end_right),
		cmocka_unit_test(test_mailbox_of_who_is_gone_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
