// SPDX-License-Identifier: GPL-2.0
#include "policy/damping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct damping_timing timing = { .hold_ns = 10, .max_hold_ns = 60, .forget_ns = 1000 };

enum event { END, DOWN, UP, EXCUSE, HELD, FREE };

struct step {
	enum event event;
	uint64_t now_ns;
	uint64_t up_ns; /* UP: when it may count as up */
};

static void play(const struct damping_timing *with, const struct step *step)
{
	struct damping damping = {};

	for (; step->event != END; step++) {
		switch (step->event) {
		case DOWN:
			damping_down(&damping, with, step->now_ns);
			assert_false(damping_holds(&damping, step->now_ns));
			break;
		case UP:
			assert_int_equal(damping_up(&damping, with, step->now_ns), step->up_ns);
			assert_int_equal(damping_holds(&damping, step->now_ns),
					 step->up_ns > step->now_ns);
			break;
		case EXCUSE:
			damping_excuse(&damping);
			break;
		default:
			assert_int_equal(damping_holds(&damping, step->now_ns),
					 step->event == HELD);
		}
	}
}

static void test_damping_first_failure_costs_nothing(void **state)
{
	(void)state;
	play(&timing, (const struct step[]){ { FREE, 1, 0 },
					     { UP, 100, 100 },
					     { DOWN, 200, 0 },
					     { UP, 201, 201 },
					     { UP, 300, 201 },
					     {} });
}

static void test_damping_start_is_no_failure(void **state)
{
	/* Found down at first, as often as may be said. */
	(void)state;
	play(&timing, (const struct step[]){ { DOWN, 1, 0 },
					     { DOWN, 2, 0 },
					     { UP, 100, 100 },
					     { DOWN, 110, 0 },
					     { UP, 120, 120 },
					     {} });
}

static void test_damping_hold_doubles_up_to_its_limit(void **state)
{
	(void)state;
	play(&timing, (const struct step[]){ { UP, 100, 100 },
					     { DOWN, 200, 0 },
					     { UP, 210, 210 },
					     { DOWN, 220, 0 },
					     { UP, 230, 240 },
					     { HELD, 239, 0 },
					     { FREE, 240, 0 },
					     { DOWN, 250, 0 },
					     { UP, 260, 280 },
					     { DOWN, 290, 0 },
					     { UP, 300, 340 },
					     { DOWN, 350, 0 },
					     { UP, 360, 420 },
					     { DOWN, 430, 0 },
					     { UP, 440, 500 },
					     {} });
}

static void test_damping_failures_while_held_count(void **state)
{
	(void)state;
	play(&timing, (const struct step[]){ { UP, 100, 100 },
					     { DOWN, 200, 0 },
					     { UP, 210, 210 },
					     { DOWN, 220, 0 },
					     { UP, 230, 240 },
					     { DOWN, 231, 0 },
					     { FREE, 232, 0 },
					     { UP, 233, 253 },
					     { DOWN, 234, 0 },
					     { DOWN, 235, 0 }, /* said twice is once */
					     { UP, 236, 276 },
					     {} });
}

static void test_damping_forgets_after_time_up(void **state)
{
	(void)state;
	play(&timing, (const struct step[]){ { UP, 100, 100 },
					     { DOWN, 200, 0 },
					     { UP, 210, 210 },
					     { DOWN, 220, 0 },
					     { UP, 230, 240 },
					     { DOWN, 1239, 0 }, /* 999 after it counted as up */
					     { UP, 1240, 1260 },
					     { DOWN, 2260, 0 }, /* 1000 */
					     { UP, 2300, 2300 },
					     { DOWN, 2310, 0 },
					     { UP, 9999, 10009 }, /* time down is not stability */
					     {} });
}

static void test_damping_excused_is_as_if_it_had_stayed(void **state)
{
	(void)state;
	play(&timing, (const struct step[]){ { EXCUSE, 0, 0 },
					     { UP, 100, 100 },
					     { DOWN, 200, 0 },
					     { EXCUSE, 201, 0 },
					     { UP, 210, 100 },
					     { DOWN, 220, 0 },
					     { UP, 230, 230 },
					     { DOWN, 240, 0 },
					     { UP, 250, 260 },
					     { DOWN, 300, 0 },
					     { EXCUSE, 301, 0 },
					     { EXCUSE, 302, 0 }, /* said twice is once */
					     { UP, 303, 260 },
					     { DOWN, 310, 0 },
					     { UP, 320, 340 },
					     {} });
	play(&timing, (const struct step[]){ { DOWN, 1, 0 }, { EXCUSE, 2, 0 }, { UP, 9, 9 }, {} });
}

static void test_damping_off(void **state)
{
	static const struct damping_timing off = { .hold_ns = 0,
						   .max_hold_ns = 60,
						   .forget_ns = 9 };
	static const struct step steps[] = {
		{ UP, 100, 100 }, { DOWN, 101, 0 }, { UP, 102, 102 }, { DOWN, 103, 0 },
		{ UP, 104, 104 }, { DOWN, 105, 0 }, { UP, 106, 106 }, {},
	};

	(void)state;
	play(&off, steps);
}

static void test_damping_never_overflows(void **state)
{
	static const struct damping_timing large = { .hold_ns = 600000000000ULL,
						     .max_hold_ns = 3600000000000ULL,
						     .forget_ns = 1000 };
	struct damping damping = {};
	uint64_t i, up_ns = damping_up(&damping, &large, 1);

	(void)state;
	for (i = 0; i < 10000; i++) {
		damping_down(&damping, &large, up_ns);
		up_ns = damping_up(&damping, &large, 2);
		assert_true(up_ns <= 2 + large.max_hold_ns);
	}
	assert_int_equal(up_ns, 2 + large.max_hold_ns);
	damping.failures = UINT32_MAX;
	damping_down(&damping, &large, 3);
	assert_int_equal(damping_up(&damping, &large, 2), 2 + large.max_hold_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_damping_first_failure_costs_nothing),
		cmocka_unit_test(test_damping_start_is_no_failure),
		cmocka_unit_test(test_damping_hold_doubles_up_to_its_limit),
		cmocka_unit_test(test_damping_failures_while_held_count),
		cmocka_unit_test(test_damping_forgets_after_time_up),
		cmocka_unit_test(test_damping_excused_is_as_if_it_had_stayed),
		cmocka_unit_test(test_damping_off),
		cmocka_unit_test(test_damping_never_overflows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
