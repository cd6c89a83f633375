// SPDX-License-Identifier: GPL-2.0
#include "cluster/epoch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "steer/maps.h"

static void test_epoch_is_a_number_on_the_wire(void **state)
{
	uint16_t live[STEER_MAX_NODES];
	size_t n;

	(void)state;
	for (n = 0; n < STEER_MAX_NODES - 1; n++) {
		live[n] = (uint16_t)(n + 1);
		assert_in_range(epoch_combine(UINT64_MAX - n, live, n + 1), 1, STEER_EPOCHS);
	}
	assert_in_range(epoch_combine(0, live, 0), 1, STEER_EPOCHS);
}

static void test_epoch_does_not_depend_on_order(void **state)
{
	static const uint16_t a[] = { 1, 2, 900, 17 }, b[] = { 900, 1, 17, 2 };

	(void)state;
	assert_int_equal(epoch_combine(5, a, 4), epoch_combine(5, b, 4));
}

/* Whoever is cut off from one node, and nobody else is, must not be taken to know of it. */
static void test_epoch_differs_by_any_one_node(void **state)
{
	uint16_t live[4] = { 3, 500, 1000 };

	(void)state;
	for (uint64_t rest = 0; rest < 20; rest++) {
		for (uint16_t id = 1; id < STEER_MAX_NODES; id++) {
			live[3] = id;
			assert_int_not_equal(epoch_combine(rest, live, 3),
					     epoch_combine(rest, live, 4));
		}
	}
}

static void test_epoch_differs_by_the_rest(void **state)
{
	static const uint16_t live[] = { 1, 2, 3 };

	(void)state;
	assert_int_not_equal(epoch_combine(1, live, 3), epoch_combine(2, live, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_epoch_is_a_number_on_the_wire),
		cmocka_unit_test(test_epoch_does_not_depend_on_order),
		cmocka_unit_test(test_epoch_differs_by_any_one_node),
		cmocka_unit_test(test_epoch_differs_by_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
