// SPDX-License-Identifier: GPL-2.0
#include "events/delay_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cleanup.h"
#include "sample.h"

static void push(struct delay_queue *queue, uint64_t sequence, uint64_t due_ns)
{
	struct event event = sample_event(sequence);

	assert_int_equal(delay_queue_push(queue, event_copy(&event), due_ns), 0);
}

static void expect(struct delay_queue *queue, uint64_t now_ns, uint64_t sequence)
{
	_cleanup_(cleanup_free) struct event *event = delay_queue_pop(queue, now_ns);

	if (!sequence) {
		assert_null(event);
		return;
	}
	assert_non_null(event);
	assert_int_equal(event->sequence, sequence);
}

static void test_delay_queue_lets_nothing_overtake(void **state)
{
	struct delay_queue queue = {};

	(void)state;
	assert_int_equal(delay_queue_due(&queue), UINT64_MAX);
	expect(&queue, UINT64_MAX - 1, 0);
	push(&queue, 1, 100);
	push(&queue, 2, 0);
	push(&queue, 3, 200);
	push(&queue, 4, 0);
	assert_int_equal(delay_queue_due(&queue), 100);
	expect(&queue, 99, 0);
	expect(&queue, 100, 1);
	expect(&queue, 100, 2);
	expect(&queue, 100, 0);
	assert_int_equal(delay_queue_due(&queue), 200);
	expect(&queue, 200, 3);
	expect(&queue, 200, 4);
	assert_int_equal(delay_queue_due(&queue), UINT64_MAX);
	assert_int_equal(queue.n, 0);
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

static void test_delay_queue_drops_what_is_explained(void **state)
{
	struct delay_queue queue = {};
	size_t asked = 0;

	(void)state;
	for (uint64_t n = 1; n <= 5; n++)
		push(&queue, n, 100);
	delay_queue_drop(&queue, is_odd, &asked);
	assert_int_equal(asked, 5);
	assert_int_equal(queue.n, 2);
	push(&queue, 6, 100);
	expect(&queue, 100, 2);
	expect(&queue, 100, 4);
	expect(&queue, 100, 6);

	push(&queue, 7, 100);
	delay_queue_drop(&queue, is_any, NULL);
	expect(&queue, 100, 0);
	push(&queue, 8, 100);
	expect(&queue, 100, 8);
}

static void test_delay_queue_is_bounded(void **state)
{
	struct delay_queue queue = {};

	(void)state;
	for (uint64_t n = 1; n <= DELAY_QUEUE_MAX + 3; n++)
		push(&queue, n, UINT64_MAX);
	for (uint64_t n = 1; n <= 3; n++)
		expect(&queue, 0, n);
	expect(&queue, 0, 0);
	assert_int_equal(queue.n, DELAY_QUEUE_MAX);
	delay_queue_drop(&queue, is_any, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delay_queue_lets_nothing_overtake),
		cmocka_unit_test(test_delay_queue_drops_what_is_explained),
		cmocka_unit_test(test_delay_queue_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
