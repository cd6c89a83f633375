// SPDX-License-Identifier: GPL-2.0
#include "table/table.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_previous_is_who_owned_the_row(void **state)
{
	static const struct {
		uint16_t owner, old_owner, old_previous, expected;
	} cases[] = {
		{ 1, 2, 0, 2 }, /* it moved */
		{ 1, 2, 3, 2 }, /* it moved twice: the last owner counts */
		{ 1, 2, 1, 2 }, /* it came back */
		{ 1, 1, 3, 3 }, /* it stayed, and moved before */
		{ 1, 1, 0, 0 }, /* it never moved */
		{ 1, 1, 1, 0 }, /* an owner is not its own predecessor */
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct steer_row row = { .rank = { cases[i].owner, 8, 9 }, .previous = 99 };
		struct steer_row old = { .rank = { cases[i].old_owner, 5 },
					 .previous = cases[i].old_previous };

		table_set_previous(&row, &old, 1);
		assert_int_equal(row.previous, cases[i].expected);
		assert_int_equal(row.rank[0], cases[i].owner);
		assert_int_equal(row.rank[1], 8);
		assert_int_equal(row.rank[2], 9);
	}
}

static void test_previous_goes_row_by_row(void **state)
{
	struct steer_row rows[4] = { { .rank = { 1 } }, { .rank = { 2 } }, { .rank = { 1 } } };
	struct steer_row old[4] = { { .rank = { 1 } }, { .rank = { 1 } }, { .rank = { 3 } } };

	(void)state;
	table_set_previous(rows, old, 3);
	assert_int_equal(rows[0].previous, 0);
	assert_int_equal(rows[1].previous, 1);
	assert_int_equal(rows[2].previous, 3);
	assert_int_equal(rows[3].previous, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_previous_is_who_owned_the_row),
		cmocka_unit_test(test_previous_goes_row_by_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
