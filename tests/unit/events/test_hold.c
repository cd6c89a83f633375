// SPDX-License-Identifier: GPL-2.0
#include "events/hold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cleanup.h"
#include "sample.h"

static void push(struct hold *hold, uint64_t sequence, uint64_t due_ns)
{
	struct event event = sample_event(sequence);

	assert_int_equal(hold_push(hold, event_copy(&event), due_ns), 0);
}

static void expect(struct hold *hold, uint64_t now_ns, uint64_t sequence)
{
	_cleanup_(cleanup_free) struct event *event = hold_pop(hold, now_ns);

	if (!sequence) {
		assert_null(event);
		return;
	}
	assert_non_null(event);
	assert_int_equal(event->sequence, sequence);
}

static void test_hold_lets_nothing_overtake(void **state)
{
	struct hold hold = {};

	(void)state;
	assert_int_equal(hold_due(&hold), UINT64_MAX);
	expect(&hold, UINT64_MAX - 1, 0);
	push(&hold, 1, 100);
	push(&hold, 2, 0);
	push(&hold, 3, 200);
	push(&hold, 4, 0);
	assert_int_equal(hold_due(&hold), 100);
	expect(&hold, 99, 0);
	expect(&hold, 100, 1);
	expect(&hold, 100, 2);
	expect(&hold, 100, 0);
	assert_int_equal(hold_due(&hold), 200);
	expect(&hold, 200, 3);
	expect(&hold, 200, 4);
	assert_int_equal(hold_due(&hold), UINT64_MAX);
	assert_int_equal(hold.n, 0);
}

static bool is_odd(void *context, const struct event *event)
{
	size_t *asked = context;

	++*asked;
	return event->sequence % 2;
}

static bool is_any(void *context, const struct event *event)
{
	(void)context;
	(void)event;
	return true;
}

static void test_hold_drops_what_is_explained(void **state)
{
	struct hold hold = {};
	size_t asked = 0;

	(void)state;
	for (uint64_t n = 1; n <= 5; n++)
		push(&hold, n, 100);
	hold_drop(&hold, is_odd, &asked);
	assert_int_equal(asked, 5);
	assert_int_equal(hold.n, 2);
	push(&hold, 6, 100);
	expect(&hold, 100, 2);
	expect(&hold, 100, 4);
	expect(&hold, 100, 6);

	push(&hold, 7, 100);
	hold_drop(&hold, is_any, NULL);
	expect(&hold, 100, 0);
	push(&hold, 8, 100);
	expect(&hold, 100, 8);
}

static void test_hold_is_bounded(void **state)
{
	struct hold hold = {};

	(void)state;
	for (uint64_t n = 1; n <= HOLD_MAX + 3; n++)
		push(&hold, n, UINT64_MAX);
	for (uint64_t n = 1; n <= 3; n++)
		expect(&hold, 0, n);
	expect(&hold, 0, 0);
	assert_int_equal(hold.n, HOLD_MAX);
	hold_drop(&hold, is_any, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hold_lets_nothing_overtake),
		cmocka_unit_test(test_hold_drops_what_is_explained),
		cmocka_unit_test(test_hold_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
