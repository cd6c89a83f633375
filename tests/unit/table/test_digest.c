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
	uint64_t order_before = table_digest_order(rows, NULL, ROWS);
	uint64_t all_before = table_digest_all(rows, NULL, ROWS);

	(void)state;
	rows[3].fallback[0] = 7;
	assert_true(table_digest(rows, ROWS) == before);
	assert_true(table_digest_order(rows, NULL, ROWS) != order_before);
	assert_true(table_digest_all(rows, NULL, ROWS) != all_before);
}

/* Nodes with other histories remember others, and search alike if they ask the same nodes. */
static void test_digest_ignores_marks_unless_asked(void **state)
{
	struct steer_row rows[ROWS] = { [3] = { .rank = { 1, 2, 3, 4 }, .fallback = { 5 } } };
	uint64_t before = table_digest(rows, ROWS);
	uint64_t order_before = table_digest_order(rows, NULL, ROWS);
	uint64_t all_before = table_digest_all(rows, NULL, ROWS);

	(void)state;
	rows[3].rank[3] |= STEER_ROW_FORMER;
	rows[3].fallback[0] |= STEER_ROW_FORMER;
	assert_true(table_digest(rows, ROWS) == before);
	assert_true(table_digest_order(rows, NULL, ROWS) == order_before);
	assert_true(table_digest_all(rows, NULL, ROWS) != all_before);
}

static void test_digest_sees_every_former_owner(void **state)
{
	struct steer_former former[ROWS] = {};
	struct steer_row rows[ROWS] = {};
	uint64_t before = table_digest(rows, ROWS);
	uint64_t order_before = table_digest_order(rows, former, ROWS);
	uint64_t all_before = table_digest_all(rows, former, ROWS);

	(void)state;
	for (size_t i = 0; i < STEER_FORMER; i++) {
		former[5].node[i] = 9;
		assert_true(table_digest(rows, ROWS) == before);
		assert_true(table_digest_order(rows, former, ROWS) != order_before);
		assert_true(table_digest_all(rows, former, ROWS) != all_before);
		former[5].node[i] = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest_sees_every_rank_of_every_row),
		cmocka_unit_test(test_digest_sees_the_size),
		cmocka_unit_test(test_digest_ignores_further_nodes_unless_asked),
		cmocka_unit_test(test_digest_ignores_marks_unless_asked),
		cmocka_unit_test(test_digest_sees_every_former_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
