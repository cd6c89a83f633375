// SPDX-License-Identifier: GPL-2.0
#include "table/table.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint16_t nodes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
#define N_NODES (sizeof(nodes) / sizeof(nodes[0]))
#define F STEER_ROW_FORMER

static struct table_former set(struct steer_row *rows, struct steer_former *former,
			       const struct steer_row *old, const struct steer_former *old_former,
			       size_t n_rows, size_t n_nodes, bool spread)
{
	const struct table_fallback input = { .nodes = nodes,
					      .n_nodes = n_nodes,
					      .spread = spread,
					      .old = old,
					      .old_former = old_former };
	struct table_former count;

	assert_int_equal(table_set_fallback(&input, rows, n_rows, former, &count), 0);
	return count;
}

/* A list of twelve, from its beginning: places are taken by owners, then in the list's order. */
static void test_fallback_is_former_owners_then_others(void **state)
{
	static const struct {
		uint16_t rank[STEER_RANKS], old_rank[STEER_RANKS], old_fallback[STEER_FALLBACKS];
		uint16_t old_former[STEER_FORMER];
		uint16_t expected_rank[STEER_RANKS], expected[STEER_FALLBACKS];
		uint16_t expected_former[STEER_FORMER];
	} cases[] = {
		/* nothing moved */
		{ { 1, 2, 3, 4 }, { 1, 2, 3, 4 }, {}, {}, { 1, 2, 3, 4 }, { 5, 6, 7, 8 }, {} },
		/* the owner left, the others moved up */
		{ { 1, 2, 3, 4 }, { 9, 1, 2, 3 }, {}, {}, { 1, 2, 3, 4 }, { 5, 6, 7, 9 | F }, {} },
		/* a node joined in front: who moved down is remembered, a low rank that left is not
		 */
		{ { 9, 1, 2, 3 }, { 1, 2, 3, 4 }, {}, {}, { 9, 1, 2, 3 | F }, { 4, 5, 6, 7 }, {} },
		{ { 1, 2, 3, 4 }, { 4, 3, 2, 1 }, {}, {}, { 1, 2, 3, 4 | F }, { 5, 6, 7, 8 }, {} },
		/* a low rank that is remembered leaves */
		{ { 1, 2, 3, 4 },
		  { 1, 2, 3, 9 | F },
		  {},
		  {},
		  { 1, 2, 3, 4 },
		  { 5, 6, 7, 9 | F },
		  {} },
		/* who is remembered stays so, who filled a place gives way; the old order is gone
		 */
		{ { 1, 2, 3, 4 },
		  { 1, 2, 3, 4 },
		  { 9 | F, 12 },
		  {},
		  { 1, 2, 3, 4 },
		  { 5, 6, 7, 9 | F },
		  {} },
		{ { 1, 2, 3, 4 },
		  { 7, 8, 3, 4 },
		  { 12, 11 | F, 10 | F, 9 },
		  {},
		  { 1, 2, 3, 4 },
		  { 7 | F, 8 | F, 10 | F, 11 | F },
		  {} },
		/* no room: behind the row */
		{ { 1, 2, 3, 4 },
		  { 5, 6, 3, 4 },
		  { 9 | F, 10 | F, 11 | F, 12 | F },
		  {},
		  { 1, 2, 3, 4 },
		  { 5 | F, 6 | F, 9 | F, 10 | F },
		  { 11, 12 } },
		{ { 1, 2, 3, 4 },
		  { 5, 6, 3, 4 },
		  { 9 | F, 10 | F, 11 | F, 12 | F },
		  { 8, 7 },
		  { 1, 2, 3, 4 },
		  { 5 | F, 6 | F, 7 | F, 8 | F },
		  { 9, 10, 11, 12 } },
		/* it came back: as owner, as a low rank */
		{ { 5, 2, 3, 4 },
		  { 1, 2, 3, 4 },
		  { 5 | F, 9 | F },
		  {},
		  { 5, 2, 3, 4 },
		  { 1 | F, 6, 7, 9 | F },
		  {} },
		{ { 1, 2, 3, 9 },
		  { 1, 2, 3, 4 },
		  { 9 | F },
		  {},
		  { 1, 2, 3, 9 | F },
		  { 4, 5, 6, 7 },
		  {} },
		{ { 1, 2, 3, 4 },
		  { 1, 2, 3, 9 },
		  { 5 | F, 6 | F, 7 | F, 8 | F },
		  { 4 },
		  { 1, 2, 3, 4 | F },
		  { 5 | F, 6 | F, 7 | F, 8 | F },
		  {} },
		/* once each */
		{ { 1, 2 }, { 1, 9 }, { 9 | F }, { 9 }, { 1, 2 }, { 3, 4, 5, 9 | F }, {} },
		/* nodes that are in no configuration any more come last, by their ids */
		{ { 1, 2, 3, 4 },
		  { 99, 2, 3, 4 },
		  { 77 | F },
		  {},
		  { 1, 2, 3, 4 },
		  { 5, 6, 77 | F, 99 | F },
		  {} },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct steer_row row = { .fallback = { 99, 98 } }, old = {};
		struct steer_former former = { .node = { 97 } }, old_former = {};
		struct table_former count;

		memcpy(row.rank, cases[i].rank, sizeof(row.rank));
		memcpy(old.rank, cases[i].old_rank, sizeof(old.rank));
		memcpy(old.fallback, cases[i].old_fallback, sizeof(old.fallback));
		memcpy(old_former.node, cases[i].old_former, sizeof(old_former.node));
		count = set(&row, &former, &old, &old_former, 1, N_NODES, false);
		assert_memory_equal(row.rank, cases[i].expected_rank, sizeof(row.rank));
		assert_memory_equal(row.fallback, cases[i].expected, sizeof(row.fallback));
		assert_memory_equal(former.node, cases[i].expected_former, sizeof(former.node));
		assert_int_equal(count.rows, cases[i].expected_former[0] != 0);
		assert_int_equal(count.forgotten, 0);
	}
}

/* The latest owners are kept, and what is lost is counted. */
static void test_fallback_counts_whom_it_forgets(void **state)
{
	struct steer_row old = { .rank = { 11, 12, 3, 4 },
				 .fallback = { 5 | F, 6 | F, 7 | F, 8 | F } };
	struct steer_former old_former = { .node = { 101, 102, 103, 104, 105 } }, former;
	struct steer_row row = { .rank = { 1, 2, 3, 4 } };
	struct table_former count;

	(void)state;
	count = set(&row, &former, &old, &old_former, 1, N_NODES, false);
	assert_int_equal(count.rows, 1);
	assert_int_equal(count.forgotten, 2);
	for (uint16_t node = 101; node <= 103; node++)
		assert_int_equal(former.node[node - 101 + 2], node);
}

/* Whatever came before, rows of a small cluster name all nodes, in one order. */
static void test_fallback_of_eight_nodes_has_one_order(void **state)
{
	struct steer_row rows[64] = {}, fresh[64] = {}, old[64] = {};
	struct steer_former former[64], fresh_former[64];
	struct table_former count;
	bool known[9];
	size_t r, i;

	(void)state;
	for (r = 0; r < 64; r++)
		for (i = 0; i < STEER_RANKS; i++) {
			rows[r].rank[i] = fresh[r].rank[i] = 1 + (r + i) % 8;
			old[r].rank[i] = 1 + (r * 3 + i * 5) % 8;
			old[r].fallback[i] = (1 + (r + i * 7) % 8) | (r + i) % 2 * F;
		}
	count = set(rows, former, old, NULL, 64, 8, true);
	assert_int_equal(count.rows, 0);
	set(fresh, fresh_former, NULL, NULL, 64, 8, true);
	assert_true(table_digest_order(rows, former, 64) ==
		    table_digest_order(fresh, fresh_former, 64));
	for (r = 0; r < 64; r++) {
		memset(known, 0, sizeof(known));
		for (i = 0; i < STEER_RANKS; i++) {
			known[STEER_ROW_NODE(rows[r].rank[i])] = true;
			known[STEER_ROW_NODE(rows[r].fallback[i])] = true;
		}
		for (i = 1; i <= 8; i++)
			assert_true(known[i]);
	}
}

/* Who is asked when no rank serves should not be the same for all rows. */
static void test_fallback_is_spread(void **state)
{
	static struct steer_former former[STEER_TABLE_ROWS];
	static struct steer_row rows[STEER_TABLE_ROWS];
	size_t count[N_NODES + 1] = {}, r;

	(void)state;
	for (r = 0; r < STEER_TABLE_ROWS; r++)
		memcpy(rows[r].rank, (uint16_t[]){ 1, 2, 3, 4 }, sizeof(rows[r].rank));
	set(rows, former, NULL, NULL, STEER_TABLE_ROWS, N_NODES, true);
	for (r = 0; r < STEER_TABLE_ROWS; r++)
		count[rows[r].fallback[0]]++;
	for (r = 5; r <= N_NODES; r++)
		assert_in_range(count[r], STEER_TABLE_ROWS / N_NODES / 2,
				STEER_TABLE_ROWS / N_NODES * 6);
}

/* The daemon does not make a table again from what it was made from before. */
static void test_fallback_again_is_the_same(void **state)
{
	static struct steer_former former[4096], former_again[4096];
	static struct steer_row rows[4096], again[4096], old[4096];
	size_t r, i;

	(void)state;
	for (r = 0; r < 4096; r++)
		for (i = 0; i < STEER_RANKS; i++) {
			rows[r].rank[i] = 1 + (r * 5 + i) % N_NODES;
			old[r].rank[i] = 1 + (r * 7 + i * 5) % (N_NODES + 2);
			old[r].fallback[i] = (1 + (r * 3 + i * 7) % (N_NODES + 9)) | F;
		}
	for (i = 0; i < 2; i++) {
		const struct steer_row *before = i ? old : NULL;

		set(rows, former, before, NULL, 4096, N_NODES, true);
		memcpy(again, rows, sizeof(again));
		set(again, former_again, rows, former, 4096, N_NODES, true);
		assert_memory_equal(again, rows, sizeof(rows));
		assert_memory_equal(former_again, former, sizeof(former));
	}
}

/*
 * Members leave and come back, weights change, one table after the other: every node that was
 * among a row's first three ranks since the beginning is in the row or behind it.
 */
static void test_fallback_remembers_all_owners(void **state)
{
	enum { N_ROWS = 1024, STEPS = 8 };
	static struct steer_row rows[2][N_ROWS];
	static struct steer_former former[2][N_ROWS];
	static bool owned[N_ROWS][17];
	struct table_member members[16];
	uint16_t ids[16];
	size_t n, forgotten = 0, behind = 0;

	(void)state;
	srandom(1);
	for (size_t i = 0; i < 16; i++)
		ids[i] = i + 1;
	for (size_t step = 0; step < STEPS; step++) {
		struct steer_row *now = rows[step % 2];
		const struct table_fallback input = {
			.nodes = ids,
			.n_nodes = 16,
			.spread = true,
			.old = step ? rows[1 - step % 2] : NULL,
			.old_former = step ? former[1 - step % 2] : NULL,
		};
		struct table_former count;

		n = 0;
		for (size_t i = 0; i < 16; i++)
			if (random() % 4 || (i == 15 && !n))
				members[n++] =
					(struct table_member){ i + 1, 50 + random() % 2 * 50 };
		assert_int_equal(table_build(members, n, 7, now, N_ROWS), 0);
		assert_int_equal(table_set_fallback(&input, now, N_ROWS, former[step % 2], &count),
				 0);
		forgotten += count.forgotten;
		behind += count.rows;
		for (size_t r = 0; r < N_ROWS; r++)
			for (size_t i = 0; i < 3 && i < n; i++)
				owned[r][now[r].rank[i]] = true;
	}
	assert_true(behind > 0);
	for (size_t r = 0; r < N_ROWS; r++) {
		const struct steer_former *more = &former[(STEPS - 1) % 2][r];
		const struct steer_row *now = &rows[(STEPS - 1) % 2][r];

		for (size_t i = 0; i < STEER_RANKS; i++) {
			owned[r][STEER_ROW_NODE(now->rank[i])] = false;
			owned[r][STEER_ROW_NODE(now->fallback[i])] = false;
		}
		for (size_t i = 0; i < STEER_FORMER; i++)
			owned[r][more->node[i]] = false;
		for (size_t id = 1; id < 17; id++)
			forgotten -= owned[r][id];
	}
	assert_int_equal(forgotten, 0);
}

static void test_fallback_wants_distinct_nodes(void **state)
{
	static const uint16_t bad[][2] = { { 1, 1 }, { 1, 0 }, { 1, STEER_MAX_NODES } };
	struct steer_row row = { .rank = { 1 } };
	struct table_fallback input = { .n_nodes = 2, .spread = true };
	struct steer_former former;
	struct table_former count;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		input.nodes = bad[i];
		assert_int_equal(table_set_fallback(&input, &row, 1, &former, &count), -EINVAL);
	}
	input = (struct table_fallback){ .nodes = nodes };
	assert_int_equal(table_set_fallback(&input, &row, 1, &former, &count), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fallback_is_former_owners_then_others),
		cmocka_unit_test(test_fallback_counts_whom_it_forgets),
		cmocka_unit_test(test_fallback_of_eight_nodes_has_one_order),
		cmocka_unit_test(test_fallback_is_spread),
		cmocka_unit_test(test_fallback_again_is_the_same),
		cmocka_unit_test(test_fallback_remembers_all_owners),
		cmocka_unit_test(test_fallback_wants_distinct_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
