// SPDX-License-Identifier: GPL-2.0
#include "table/table.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const uint16_t nodes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
#define N_NODES (sizeof(nodes) / sizeof(nodes[0]))

/* A list of twelve, from its beginning: places are taken by who left, then in the list's order. */
static void test_further_is_who_left_then_others(void **state)
{
	static const struct {
		uint16_t rank[STEER_RANKS], old_rank[STEER_RANKS], old_fallback[STEER_FALLBACKS];
		uint16_t expected[STEER_FALLBACKS];
	} cases[] = {
		{ { 1, 2, 3, 4 }, { 1, 2, 3, 4 }, {}, { 5, 6, 7, 8 } }, /* nothing moved */
		{ { 1, 2, 3, 4 }, { 9, 1, 2, 3 }, {}, { 5, 6, 7, 9 } }, /* the owner left */
		{ { 1, 2, 3, 4 }, { 4, 3, 2, 1 }, {}, { 5, 6, 7, 8 } }, /* all are there still */
		{ { 1, 2, 3, 4 }, { 1, 2, 3, 4 }, { 9, 6 }, { 5, 6, 7, 9 } }, /* left before */
		{ { 1, 2, 3, 4 }, { 1, 2, 3, 4 }, { 6, 9 }, { 5, 6, 7, 9 } }, /* in any order */
		{ { 1, 2, 3, 4 }, { 7, 2, 3, 4 }, { 9, 10, 11, 12 }, { 7, 9, 10, 11 } },
		{ { 1, 2, 3, 4 }, { 7, 8, 3, 4 }, { 9, 10, 11, 12 }, { 7, 8, 9, 10 } },
		/* a low rank is less likely to have served than who left before */
		{ { 1, 2, 3, 4 }, { 1, 2, 7, 8 }, { 9, 10, 11, 12 }, { 9, 10, 11, 12 } },
		{ { 5, 2, 3, 4 }, { 1, 2, 3, 4 }, { 5, 9 }, { 1, 6, 7, 9 } }, /* it came back */
		{ { 1, 2 }, { 1, 9 }, { 9 }, { 3, 4, 5, 9 } },		      /* once each */
		/* nodes that are in no configuration any more come last, by their ids */
		{ { 1, 2, 3, 4 }, { 99, 2, 3, 4 }, { 77 }, { 5, 6, 77, 99 } },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct steer_row row = { .fallback = { 99, 98 } }, old = {};

		memcpy(row.rank, cases[i].rank, sizeof(row.rank));
		memcpy(old.rank, cases[i].old_rank, sizeof(old.rank));
		memcpy(old.fallback, cases[i].old_fallback, sizeof(old.fallback));
		assert_int_equal(table_set_fallback(&row, &old, 1, nodes, N_NODES, false), 0);
		assert_memory_equal(row.fallback, cases[i].expected, sizeof(row.fallback));
		assert_memory_equal(row.rank, cases[i].rank, sizeof(row.rank));
	}
}

/* Whatever came before, rows of a small cluster know everybody, in one order. */
static void test_further_of_eight_nodes_has_no_history(void **state)
{
	struct steer_row rows[64] = {}, fresh[64] = {}, old[64] = {};
	bool known[9];
	size_t r, i;

	(void)state;
	for (r = 0; r < 64; r++)
		for (i = 0; i < STEER_RANKS; i++) {
			rows[r].rank[i] = fresh[r].rank[i] = 1 + (r + i) % 8;
			old[r].rank[i] = 1 + (r * 3 + i * 5) % 8;
			old[r].fallback[i] = 1 + (r + i * 7) % 8;
		}
	assert_int_equal(table_set_fallback(rows, old, 64, nodes, 8, true), 0);
	assert_int_equal(table_set_fallback(fresh, NULL, 64, nodes, 8, true), 0);
	assert_memory_equal(rows, fresh, sizeof(rows));
	for (r = 0; r < 64; r++) {
		memset(known, 0, sizeof(known));
		for (i = 0; i < STEER_RANKS; i++)
			known[rows[r].rank[i]] = known[rows[r].fallback[i]] = true;
		for (i = 1; i <= 8; i++)
			assert_true(known[i]);
	}
}

/* Who is asked when no rank serves should not be the same for all rows. */
static void test_further_nodes_are_spread(void **state)
{
	static struct steer_row rows[STEER_TABLE_ROWS];
	size_t count[N_NODES + 1] = {}, r;

	(void)state;
	for (r = 0; r < STEER_TABLE_ROWS; r++)
		memcpy(rows[r].rank, (uint16_t[]){ 1, 2, 3, 4 }, sizeof(rows[r].rank));
	assert_int_equal(table_set_fallback(rows, NULL, STEER_TABLE_ROWS, nodes, N_NODES, true), 0);
	for (r = 0; r < STEER_TABLE_ROWS; r++)
		count[rows[r].fallback[0]]++;
	for (r = 5; r <= N_NODES; r++)
		assert_in_range(count[r], STEER_TABLE_ROWS / N_NODES / 2,
				STEER_TABLE_ROWS / N_NODES * 6);
}

/* The daemon does not make a table again from what it was made from before. */
static void test_further_again_is_the_same(void **state)
{
	static struct steer_row rows[4096], again[4096], old[4096];
	size_t r, i;

	(void)state;
	for (r = 0; r < 4096; r++)
		for (i = 0; i < STEER_RANKS; i++) {
			rows[r].rank[i] = 1 + (r * 5 + i) % N_NODES;
			old[r].rank[i] = 1 + (r * 7 + i * 5) % (N_NODES + 2);
			old[r].fallback[i] = 1 + (r * 3 + i * 7) % (N_NODES + 9);
		}
	for (i = 0; i < 2; i++) {
		const struct steer_row *before = i ? old : NULL;

		assert_int_equal(table_set_fallback(rows, before, 4096, nodes, N_NODES, true), 0);
		memcpy(again, rows, sizeof(again));
		assert_int_equal(table_set_fallback(again, rows, 4096, nodes, N_NODES, true), 0);
		assert_memory_equal(again, rows, sizeof(rows));
	}
}

static void test_further_wants_distinct_nodes(void **state)
{
	static const uint16_t bad[][2] = { { 1, 1 }, { 1, 0 }, { 1, STEER_MAX_NODES } };
	struct steer_row row = { .rank = { 1 } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(table_set_fallback(&row, NULL, 1, bad[i], 2, true), -EINVAL);
	assert_int_equal(table_set_fallback(&row, NULL, 1, nodes, 0, true), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_further_is_who_left_then_others),
		cmocka_unit_test(test_further_of_eight_nodes_has_no_history),
		cmocka_unit_test(test_further_nodes_are_spread),
		cmocka_unit_test(test_further_again_is_the_same),
		cmocka_unit_test(test_further_wants_distinct_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
