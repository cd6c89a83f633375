// SPDX-License-Identifier: GPL-2.0
#include "events/ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"

static void add(struct event_ring *ring, uint64_t sequence)
{
	struct event event = sample_event(sequence);

	ring_add(ring, event_copy(&event));
}

static void test_ring_keeps_the_newest(void **state)
{
	static struct event_ring ring;

	(void)state;
	for (uint64_t n = 1; n <= 3 * RING_EVENTS + 7; n++) {
		add(&ring, n);
		assert_int_equal(ring.n, n < RING_EVENTS ? n : RING_EVENTS);
		assert_int_equal(ring_at(&ring, ring.n - 1)->sequence, n);
		assert_int_equal(ring_at(&ring, 0)->sequence, n - ring.n + 1);
	}
	for (size_t i = 1; i < ring.n; i++)
		assert_int_equal(ring_at(&ring, i)->sequence, ring_at(&ring, 0)->sequence + i);
	ring_clear(&ring);
	assert_int_equal(ring.n, 0);
	add(&ring, 1);
	assert_int_equal(ring_at(&ring, 0)->sequence, 1);
	ring_clear(&ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring_keeps_the_newest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
