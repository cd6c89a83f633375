// SPDX-License-Identifier: GPL-2.0
#include "health/check_interval.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct cluster_check check = { .interval_ms = 1000, .fast_interval_ms = 200 };

static void test_pace_is_fast_in_doubt_and_when_unhealthy(void **state)
{
	static const struct {
		struct rise_fall counter;
		uint32_t delay_ms;
	} cases[] = {
		{ { HEALTH_UNKNOWN, 0 }, 200 }, { { HEALTH_GOOD, 0 }, 1000 },
		{ { HEALTH_GOOD, 1 }, 200 },	{ { HEALTH_BAD, 0 }, 200 },
		{ { HEALTH_BAD, 1 }, 200 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(check_interval_delay_ms(&check, &cases[i].counter, 0),
				 cases[i].delay_ms);
}

/* A tenth at most, and never later than configured. */
static void test_pace_varies(void **state)
{
	const struct rise_fall good = { HEALTH_GOOD, 0 }, bad = { HEALTH_BAD, 0 };

	(void)state;
	assert_int_equal(check_interval_delay_ms(&check, &good, UINT32_MAX / 2), 951);
	assert_int_equal(check_interval_delay_ms(&check, &good, UINT32_MAX), 901);
	assert_int_equal(check_interval_delay_ms(&check, &bad, UINT32_MAX), 181);
}

/* The checks of a node spread over the interval, and those of two nodes do not meet. */
static void test_pace_phases_differ(void **state)
{
	(void)state;
	assert_int_equal(check_interval_phase_ms(&check, 0, 0), 0);
	assert_int_equal(check_interval_phase_ms(&check, 0, UINT32_MAX), 999);
	for (uint32_t chance = 0; chance < 8; chance++) {
		unsigned int in_quarter[4] = {};

		for (uint32_t n = 0; n < 100; n++) {
			uint32_t phase_ms = check_interval_phase_ms(&check, n, chance << 29);

			assert_true(phase_ms < 1000);
			in_quarter[phase_ms / 250]++;
			assert_int_not_equal(
				phase_ms, check_interval_phase_ms(&check, n, (chance + 1) << 29));
		}
		for (int i = 0; i < 4; i++)
			assert_true(in_quarter[i] >= 23 && in_quarter[i] <= 27);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pace_is_fast_in_doubt_and_when_unhealthy),
		cmocka_unit_test(test_pace_varies),
		cmocka_unit_test(test_pace_phases_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
