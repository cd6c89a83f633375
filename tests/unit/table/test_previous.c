// SPDX-License-Identifier: GPL-2.0
#include "table/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_previous_is_who_left_the_row(void **state)
{
	static const struct {
		uint16_t rank[STEER_RANKS], old_rank[STEER_RANKS], old_previous[STEER_PREVIOUS];
		uint16_t expected[STEER_PREVIOUS];
	} cases[] = {
		{ { 1, 2, 3, 4 }, { 1, 2, 3, 4 }, { 0, 0 }, { 0, 0 } },	   /* nothing moved */
		{ { 1, 2, 3, 4 }, { 5, 1, 2, 3 }, { 0, 0 }, { 5, 0 } },	   /* the owner left */
		{ { 1, 2, 3, 4 }, { 4, 3, 2, 1 }, { 0, 0 }, { 0, 0 } },	   /* all are there still */
		{ { 1, 2, 3, 4 }, { 1, 2, 3, 4 }, { 5, 6 }, { 5, 6 } },	   /* they left before */
		{ { 1, 2, 3, 4 }, { 7, 2, 3, 4 }, { 5, 6 }, { 7, 5, 6 } }, /* the last one first */
		{ { 1, 2, 3, 4 }, { 7, 8, 3, 4 }, { 5, 6 }, { 7, 8, 5, 6 } },
		{ { 1, 2, 3, 4 },
		  { 7, 8, 3, 4 },
		  { 5, 6, 9, 10 },
		  { 7, 8, 5, 6 } }, /* the first go */
		{ { 1, 2, 3, 4 },
		  { 1, 2, 7, 8 },
		  { 5, 0 },
		  { 5, 7, 8 } },					/* a spare is less likely */
		{ { 5, 2, 3, 4 }, { 1, 2, 3, 4 }, { 5, 6 }, { 1, 6 } }, /* it came back */
		{ { 1, 2, 0, 0 }, { 1, 3, 0, 0 }, { 3, 0 }, { 3, 0 } }, /* once each */
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct steer_row row = { .previous = { 99, 98 } }, old = {};

		memcpy(row.rank, cases[i].rank, sizeof(row.rank));
		memcpy(old.rank, cases[i].old_rank, sizeof(old.rank));
		memcpy(old.previous, cases[i].old_previous, sizeof(old.previous));
		table_set_previous(&row, &old, 1);
		assert_memory_equal(row.previous, cases[i].expected, sizeof(row.previous));
		assert_memory_equal(row.rank, cases[i].rank, sizeof(row.rank));
	}
}

static void test_previous_goes_row_by_row(void **state)
{
	struct steer_row rows[4] = { { .rank = { 1 } }, { .rank = { 2 } }, { .rank = { 1 } } };
	struct steer_row old[4] = { { .rank = { 1 } }, { .rank = { 1 } }, { .rank = { 3 } } };

	(void)state;
	table_set_previous(rows, old, 3);
	assert_int_equal(rows[0].previous[0], 0);
	assert_int_equal(rows[1].previous[0], 1);
	assert_int_equal(rows[2].previous[0], 3);
	assert_int_equal(rows[3].previous[0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_previous_is_who_left_the_row),
		cmocka_unit_test(test_previous_goes_row_by_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
