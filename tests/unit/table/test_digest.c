// SPDX-License-Identifier: GPL-2.0
#include "table/table.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ROWS 8

static void test_digest_sees_every_rank_of_every_row(void **state)
{
	struct steer_row rows[ROWS] = {};
	uint64_t seen[ROWS * STEER_RANKS + 1];
	size_t n = 0, i, j;

	(void)state;
	seen[n++] = table_digest(rows, ROWS);
	for (i = 0; i < ROWS; i++) {
		for (j = 0; j < STEER_RANKS; j++) {
			rows[i].rank[j] = 1;
			seen[n++] = table_digest(rows, ROWS);
			rows[i].rank[j] = 0;
		}
	}
	for (i = 0; i < n; i++) {
		for (j = 0; j < i; j++)
			assert_true(seen[i] != seen[j]);
	}
}

static void test_digest_sees_the_size(void **state)
{
	struct steer_row rows[ROWS] = {};

	(void)state;
	assert_true(table_digest(rows, ROWS) != table_digest(rows, ROWS / 2));
}

static void test_digest_ignores_further_nodes_unless_asked(void **state)
{
	struct steer_row rows[ROWS] = {};
	uint64_t before = table_digest(rows, ROWS);
	uint64_t all_before = table_digest_all(rows, ROWS);

	(void)state;
	rows[3].fallback[0] = 7;
	assert_true(table_digest(rows, ROWS) == before);
	assert_true(table_digest_all(rows, ROWS) != all_before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest_sees_every_rank_of_every_row),
		cmocka_unit_test(test_digest_sees_the_size),
		cmocka_unit_test(test_digest_ignores_further_nodes_unless_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
