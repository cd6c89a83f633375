// SPDX-License-Identifier: GPL-2.0
#include "health/rise_fall.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define U HEALTH_UNKNOWN
#define G HEALTH_GOOD
#define B HEALTH_BAD

/* results: '+' and '-', verdicts: the one after each result */
static void play(uint32_t rise, uint32_t fall, const char *results,
		 const enum health_verdict *verdicts)
{
	struct rise_fall counter = {};

	for (; *results; results++, verdicts++) {
		enum health_verdict before = counter.verdict;

		assert_int_equal(rise_fall_add(&counter, *results == '+', rise, fall),
				 before != *verdicts);
		assert_int_equal(counter.verdict, *verdicts);
	}
}

static void test_counter_first_result_decides(void **state)
{
	(void)state;
	assert_int_equal((struct rise_fall){}.verdict, U);
	play(5, 5, "+", (const enum health_verdict[]){ G });
	play(5, 5, "-", (const enum health_verdict[]){ B });
}

static void test_counter_falls_and_rises_in_a_row(void **state)
{
	(void)state;
	play(2, 3, "+---++-", (const enum health_verdict[]){ G, G, G, B, B, G, G });
}

static void test_counter_one_success_forgives(void **state)
{
	(void)state;
	play(2, 3, "+--+--+---", (const enum health_verdict[]){ G, G, G, G, G, G, G, G, G, B });
	play(3, 1, "-++-++-+++", (const enum health_verdict[]){ B, B, B, B, B, B, B, B, B, G });
}

static void test_counter_of_one_follows_at_once(void **state)
{
	(void)state;
	play(1, 1, "+-+-", (const enum health_verdict[]){ G, B, G, B });
	play(0, 0, "+-+-", (const enum health_verdict[]){ G, B, G, B });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counter_first_result_decides),
		cmocka_unit_test(test_counter_falls_and_rises_in_a_row),
		cmocka_unit_test(test_counter_one_success_forgives),
		cmocka_unit_test(test_counter_of_one_follows_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
