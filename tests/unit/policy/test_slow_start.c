// SPDX-License-Identifier: GPL-2.0
#include "policy/slow_start.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECOND 1000000000ULL
#define SINCE (500 * SECOND)

static void test_ramp_steps(void **state)
{
	static const struct {
		uint64_t now_ns, since_ns, duration_ns;
		unsigned int left;
		uint64_t next_ns;
	} cases[] = {
		{ SINCE, SINCE, 30 * SECOND, 15, SINCE + 2 * SECOND },
		{ SINCE + 2 * SECOND - 1, SINCE, 30 * SECOND, 15, SINCE + 2 * SECOND },
		{ SINCE + 2 * SECOND, SINCE, 30 * SECOND, 14, SINCE + 4 * SECOND },
		{ SINCE + 15 * SECOND, SINCE, 30 * SECOND, 8, SINCE + 16 * SECOND },
		{ SINCE + 30 * SECOND - 1, SINCE, 30 * SECOND, 1, SINCE + 30 * SECOND },
		{ SINCE + 30 * SECOND, SINCE, 30 * SECOND, 0, UINT64_MAX },
		{ SINCE + 99 * SECOND, SINCE, 30 * SECOND, 0, UINT64_MAX },
		/* It never went away, or there is no slow start. */
		{ SINCE, 0, 30 * SECOND, 0, UINT64_MAX },
		{ 5 * SECOND, 0, 30 * SECOND, 0, UINT64_MAX },
		{ SINCE, SINCE, 0, 0, UINT64_MAX },
		/* A clock that went back */
		{ SINCE - SECOND, SINCE, 30 * SECOND, 15, SINCE + 2 * SECOND },
		/* The longest there is */
		{ SINCE + 3599 * SECOND, SINCE, 3600 * SECOND, 1, SINCE + 3600 * SECOND },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(slow_start_sixteenths(cases[i].now_ns, cases[i].since_ns,
						       cases[i].duration_ns),
				 cases[i].left);
		assert_int_equal(
			slow_start_next(cases[i].now_ns, cases[i].since_ns, cases[i].duration_ns),
			cases[i].next_ns);
	}
}

/* From one step to the next: each is one less, and there are fifteen, whatever the duration. */
static void test_ramp_next_is_the_next_step(void **state)
{
	static const uint64_t durations[] = { 15, 16, 17, 1000, SECOND, SECOND + 7, 61 * SECOND };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		uint64_t duration = durations[i], now = SINCE;
		unsigned int left = 15;

		while (left) {
			uint64_t next = slow_start_next(now, SINCE, duration);

			assert_int_equal(slow_start_sixteenths(now, SINCE, duration), left);
			assert_int_equal(slow_start_sixteenths(next - 1, SINCE, duration), left);
			assert_int_equal(slow_start_sixteenths(next, SINCE, duration), --left);
			now = next;
		}
		assert_int_equal(now, SINCE + duration);
	}
}

static void test_ramp_resumes_where_it_was(void **state)
{
	unsigned int left;

	(void)state;
	for (left = 0; left <= 15; left++) {
		uint64_t since = slow_start_resume(SINCE, left, 31 * SECOND);

		assert_int_equal(slow_start_sixteenths(SINCE, since, 31 * SECOND), left);
		if (left)
			assert_int_equal(
				slow_start_sixteenths(since + 31 * SECOND, since, 31 * SECOND), 0);
	}
	assert_int_equal(slow_start_resume(SINCE, 7, 0), 0);
	/* Younger than the ramp: it counts from the start of the clock, which is not "never". */
	assert_int_equal(slow_start_resume(SECOND, 1, 3600 * SECOND), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ramp_steps),
		cmocka_unit_test(test_ramp_next_is_the_next_step),
		cmocka_unit_test(test_ramp_resumes_where_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
