// SPDX-License-Identifier: GPL-2.0
#include "table/table.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define ROWS 16

static void test_ordered_keeps_the_order(void **state)
{
	static const struct table_member members[] = {
		{ 9, 1 }, { 3, 100 }, { 7, 1 }, { 1, 1 }, { 5, 1 },
	};
	static const uint16_t expected[][STEER_RANKS] = {
		{ 9 }, { 9, 3 }, { 9, 3, 7 }, { 9, 3, 7, 1 }, { 9, 3, 7, 1 },
	};
	struct steer_row rows[ROWS];
	size_t n, r, k;

	(void)state;
	for (n = 1; n <= 5; n++) {
		memset(rows, 0xa5, sizeof(rows));
		assert_int_equal(table_build_ordered(members, n, rows, ROWS), 0);
		for (r = 0; r < ROWS; r++) {
			for (k = 0; k < STEER_RANKS; k++)
				assert_int_equal(rows[r].rank[k], expected[n - 1][k]);
			for (k = 0; k < STEER_FALLBACKS; k++)
				assert_int_equal(rows[r].fallback[k], STEER_NODE_NONE);
		}
	}
}

static void test_ordered_refuses_bad_input(void **state)
{
	static const struct table_member bad[][2] = {
		{ { 1, 1 }, { 1, 1 } },
		{ { 1, 1 }, { 2, 0 } },
		{ { 1, 1 }, { STEER_NODE_NONE, 1 } },
		{ { 1, 1 }, { STEER_MAX_NODES, 1 } },
	};
	static const struct table_member good[2] = { { 1, 1 }, { 2, 1 } };
	struct steer_row rows[ROWS], before[ROWS];
	size_t i;

	(void)state;
	memset(rows, 0xa5, sizeof(rows));
	memcpy(before, rows, sizeof(rows));
	for (i = 0; i < 4; i++)
		assert_int_equal(table_build_ordered(bad[i], 2, rows, ROWS), -EINVAL);
	assert_int_equal(table_build_ordered(good, 0, rows, ROWS), -EINVAL);
	assert_int_equal(table_build_ordered(good, STEER_MAX_NODES, rows, ROWS), -EINVAL);
	assert_int_equal(table_build_ordered(good, 2, rows, 0), -EINVAL);
	assert_int_equal(table_build_ordered(good, 2, rows, 12), -EINVAL);
	assert_memory_equal(rows, before, sizeof(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ordered_keeps_the_order),
		cmocka_unit_test(test_ordered_refuses_bad_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
