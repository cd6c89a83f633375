// SPDX-License-Identifier: GPL-2.0
#include "table/table.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "measure.h"

#define ROWS STEER_TABLE_ROWS
#define SEED 0x5eedULL

static struct steer_row rows[ROWS], other[ROWS];

enum mix {
	MIX_EQUAL,
	MIX_SMALL,
	MIX_HEAVY,
	MIX_SPREAD,
};

/* Ids are scattered but distinct: 7 has no divisor in common with 1023. */
static void members_make(struct table_member *members, size_t n, enum mix mix)
{
	size_t i;

	for (i = 0; i < n; i++) {
		members[i].node = 1 + i * 7 % (STEER_MAX_NODES - 1);
		switch (mix) {
		case MIX_EQUAL:
			members[i].weight = 1;
			break;
		case MIX_SMALL:
			members[i].weight = 1 + i % 4;
			break;
		case MIX_HEAVY:
			members[i].weight = i ? 1 : 1000;
			break;
		case MIX_SPREAD:
			members[i].weight = 1 + (i * i * 37) % 1000;
			break;
		}
	}
}

static void assert_ranks(const struct table_member *members, size_t n,
			 const struct steer_row *table, size_t n_rows)
{
	size_t ranks = n < STEER_RANKS ? n : STEER_RANKS;
	bool member[STEER_MAX_NODES] = {};
	size_t r, i, j;

	for (i = 0; i < n; i++)
		member[members[i].node] = true;
	for (r = 0; r < n_rows; r++) {
		for (i = 0; i < ranks; i++) {
			assert_true(member[table[r].rank[i]]);
			for (j = 0; j < i; j++)
				assert_int_not_equal(table[r].rank[i], table[r].rank[j]);
		}
		for (; i < STEER_RANKS; i++)
			assert_int_equal(table[r].rank[i], STEER_NODE_NONE);
		for (i = 0; i < STEER_FALLBACKS; i++)
			assert_int_equal(table[r].fallback[i], STEER_NODE_NONE);
	}
}

static void test_table_has_golden_values(void **state)
{
	static const struct {
		size_t n;
		enum mix mix;
		uint64_t digest;
		uint16_t first[2][STEER_RANKS];
	} golden[] = {
		{ 1, MIX_EQUAL, 0xe24dab267210a5afULL, { { 1 }, { 1 } } },
		{ 4, MIX_EQUAL, 0xcddef5c1b97598efULL, { { 8, 22, 1, 15 }, { 1, 22, 15, 8 } } },
		{ 16,
		  MIX_SMALL,
		  0x83c7a5c2b831c478ULL,
		  { { 36, 29, 78, 106 }, { 1, 50, 106, 36 } } },
		{ 100,
		  MIX_SPREAD,
		  0xb296dc603d90eb5eULL,
		  { { 428, 400, 36, 239 }, { 498, 617, 330, 239 } } },
		{ 1000,
		  MIX_EQUAL,
		  0x1b6824f894c6c8c3ULL,
		  { { 196, 516, 428, 400 }, { 740, 696, 320, 207 } } },
	};
	struct table_member members[STEER_MAX_NODES];
	size_t i, r, k;

	(void)state;
	for (i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		members_make(members, golden[i].n, golden[i].mix);
		assert_int_equal(table_build(members, golden[i].n, SEED, rows, ROWS), 0);
		assert_int_equal(table_digest(rows, ROWS), golden[i].digest);
		for (r = 0; r < 2; r++) {
			for (k = 0; k < STEER_RANKS; k++)
				assert_int_equal(rows[r].rank[k], golden[i].first[r][k]);
		}
	}
}

static void test_table_ignores_the_order_of_members(void **state)
{
	struct table_member members[100], swap;
	size_t i;

	(void)state;
	members_make(members, 100, MIX_SPREAD);
	assert_int_equal(table_build(members, 100, SEED, rows, ROWS), 0);
	for (i = 0; i < 100; i++) {
		swap = members[i];
		members[i] = members[i * 31 % 100];
		members[i * 31 % 100] = swap;
	}
	assert_int_equal(table_build(members, 100, SEED, other, ROWS), 0);
	assert_memory_equal(rows, other, sizeof(rows));
}

static void test_table_ignores_the_scale_of_weights(void **state)
{
	struct table_member members[20];
	size_t i;

	(void)state;
	members_make(members, 20, MIX_SMALL);
	assert_int_equal(table_build(members, 20, SEED, rows, ROWS), 0);
	for (i = 0; i < 20; i++)
		members[i].weight *= 1000000000;
	assert_int_equal(table_build(members, 20, SEED, other, ROWS), 0);
	assert_memory_equal(rows, other, sizeof(rows));
}

static void test_table_depends_on_the_seed(void **state)
{
	struct table_member members[16];

	(void)state;
	members_make(members, 16, MIX_EQUAL);
	assert_int_equal(table_build(members, 16, SEED, rows, ROWS), 0);
	assert_int_equal(table_build(members, 16, SEED + 1, other, ROWS), 0);
	/* By chance, one row in 16 has the same owner. */
	assert_true(measure_moved(rows, other, ROWS) > ROWS * 9 / 10);
}

static void test_table_is_even(void **state)
{
	static const size_t count[] = { 1, 2, 3, 4, 5, 7, 16, 33, 64, 100, 256, 700, 1000, 1023 };
	struct table_member members[STEER_MAX_NODES];
	size_t i;
	enum mix mix;

	(void)state;
	for (mix = MIX_EQUAL; mix <= MIX_SPREAD; mix++) {
		for (i = 0; i < sizeof(count) / sizeof(count[0]); i++) {
			size_t n = count[i], step = n > 100 ? 41 : 1;

			members_make(members, n, mix);
			assert_int_equal(table_build(members, n, SEED, rows, ROWS), 0);
			assert_ranks(members, n, rows, ROWS);
			assert_true(measure_even(members, n, rows, ROWS).worst <= 0.01);
			assert_true(measure_one_down(members, n, rows, ROWS, step).worst <= 0.03);
		}
	}
}

/* What two dead members leave is dealt out by chance, not by quota; hence the wider bound. */
static void test_table_is_sensible_with_two_down(void **state)
{
	static const size_t count[] = { 3, 4, 16, 64, 256 };
	struct table_member members[STEER_MAX_NODES];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(count) / sizeof(count[0]); i++) {
		size_t n = count[i];
		struct measure m;

		members_make(members, n, MIX_EQUAL);
		assert_int_equal(table_build(members, n, SEED, rows, ROWS), 0);
		m = measure_two_down(members, n, rows, ROWS, 2 * n < 64 ? 2 * n : 64);
		assert_true(m.worst <= 0.08);
	}
}

/* Rows that change their owner, over those that must: what the member that comes or goes owns. */
static double moved_by_last(struct table_member *members, size_t n)
{
	size_t owned = 0, r;

	assert_int_equal(table_build(members, n, SEED, rows, ROWS), 0);
	assert_int_equal(table_build(members, n - 1, SEED, other, ROWS), 0);
	for (r = 0; r < ROWS; r++)
		owned += rows[r].rank[0] == members[n - 1].node;
	return (double)measure_moved(rows, other, ROWS) / owned;
}

static void test_table_is_stable(void **state)
{
	static const struct {
		size_t n;
		double equal, mixed;
	} bound[] = {
		{ 5, 1.05, 1.05 }, { 17, 1.1, 1.15 },  { 65, 1.3, 1.5 },
		{ 257, 2.2, 3.5 }, { 1001, 3.2, 6.0 },
	};
	struct table_member members[STEER_MAX_NODES], swap;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bound) / sizeof(bound[0]); i++) {
		size_t n = bound[i].n;

		members_make(members, n, MIX_EQUAL);
		assert_true(moved_by_last(members, n) <= bound[i].equal);
		swap = members[n / 2];
		members[n / 2] = members[n - 1];
		members[n - 1] = swap;
		assert_true(moved_by_last(members, n) <= bound[i].equal);
		members_make(members, n, MIX_SMALL);
		members[n - 1].weight = 4;
		assert_true(moved_by_last(members, n) <= bound[i].mixed);
	}
}

static void test_table_follows_a_weight(void **state)
{
	struct table_member members[16];
	size_t before = 0, after = 0, r;

	(void)state;
	members_make(members, 16, MIX_EQUAL);
	for (r = 0; r < 16; r++)
		members[r].weight = 10;
	assert_int_equal(table_build(members, 16, SEED, rows, ROWS), 0);
	members[3].weight = 5;
	assert_int_equal(table_build(members, 16, SEED, other, ROWS), 0);
	for (r = 0; r < ROWS; r++) {
		before += rows[r].rank[0] == members[3].node;
		after += other[r].rank[0] == members[3].node;
	}
	assert_true(measure_moved(rows, other, ROWS) < (before - after) * 1.15);
}

static void test_table_of_any_size(void **state)
{
	static const size_t count[] = { 1, 2, 3, 4, 5, 100, 1023 };
	struct table_member members[STEER_MAX_NODES];
	size_t i, n_rows;

	(void)state;
	for (i = 0; i < sizeof(count) / sizeof(count[0]); i++) {
		for (n_rows = 1; n_rows <= 16384; n_rows *= 2) {
			size_t n = count[i];

			members_make(members, n, i % 2 ? MIX_SPREAD : MIX_EQUAL);
			assert_int_equal(table_build(members, n, SEED, rows, n_rows), 0);
			assert_ranks(members, n, rows, n_rows);
			assert_true(measure_even(members, n, rows, n_rows).worst <= 0.01);
		}
	}
}

static void test_table_with_extreme_weights(void **state)
{
	struct table_member members[] = {
		{ 1023, UINT32_MAX }, { 1, 1 }, { 512, UINT32_MAX }, { 2, 1 }, { 3, 65536 },
	};

	(void)state;
	assert_int_equal(table_build(members, 5, SEED, rows, ROWS), 0);
	assert_ranks(members, 5, rows, ROWS);
	assert_true(measure_even(members, 5, rows, ROWS).worst <= 0.01);
	assert_true(measure_one_down(members, 5, rows, ROWS, 1).worst <= 0.03);
}

static void test_table_refuses_bad_input(void **state)
{
	struct table_member members[STEER_MAX_NODES];

	(void)state;
	members_make(members, 3, MIX_EQUAL);
	memset(rows, 0xa5, sizeof(rows));
	memcpy(other, rows, sizeof(rows));

	assert_int_equal(table_build(members, 0, SEED, rows, ROWS), -EINVAL);
	assert_int_equal(table_build(members, STEER_MAX_NODES, SEED, rows, ROWS), -EINVAL);
	assert_int_equal(table_build(members, 3, SEED, rows, 0), -EINVAL);
	assert_int_equal(table_build(members, 3, SEED, rows, 1000), -EINVAL);
	assert_int_equal(table_build(members, 3, SEED, rows, 1UL << 21), -EINVAL);
	members[1].weight = 0;
	assert_int_equal(table_build(members, 3, SEED, rows, ROWS), -EINVAL);
	members[1].weight = 1;
	members[1].node = members[2].node;
	assert_int_equal(table_build(members, 3, SEED, rows, ROWS), -EINVAL);
	members[1].node = STEER_NODE_NONE;
	assert_int_equal(table_build(members, 3, SEED, rows, ROWS), -EINVAL);
	members[1].node = STEER_MAX_NODES;
	assert_int_equal(table_build(members, 3, SEED, rows, ROWS), -EINVAL);
	assert_memory_equal(rows, other, sizeof(rows));
}

/* It asserts nothing: what it prints is asserted above, and time is not asserted. */
static void test_table_measures(void **state)
{
	static const size_t count[] = { 4, 16, 64, 256, 1000 };
	static const char *const name[] = { "equal", "1:2:3:4", "1000:1", "1..1000" };
	struct table_member members[STEER_MAX_NODES];
	size_t i;
	enum mix mix;

	(void)state;
	print_message("%-8s %5s  %-15s %-15s %-15s %6s %6s\n", "weights", "n", "share/fair",
		      "one down", "two down", "moved", "ms*");
	for (mix = MIX_EQUAL; mix <= MIX_SPREAD; mix++) {
		for (i = 0; i < sizeof(count) / sizeof(count[0]); i++) {
			size_t n = count[i];
			struct measure even, one, two;
			double moved, ms;

			members_make(members, n + 1, mix);
			moved = moved_by_last(members, n + 1);
			ms = measure_now_ms();
			assert_int_equal(table_build(members, n, SEED, rows, ROWS), 0);
			ms = measure_now_ms() - ms;
			even = measure_even(members, n, rows, ROWS);
			one = measure_one_down(members, n, rows, ROWS, n > 100 ? 11 : 1);
			two = measure_two_down(members, n, rows, ROWS, 32);
			print_message(
				"%-8s %5zu  %.4f - %.4f %.4f - %.4f %.4f - %.4f %6.3f %6.1f\n",
				name[mix], n, even.least, even.most, one.least, one.most, two.least,
				two.most, moved, ms);
		}
	}
	print_message("moved: by one more member, over what it owns; * with sanitizers\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_has_golden_values),
		cmocka_unit_test(test_table_ignores_the_order_of_members),
		cmocka_unit_test(test_table_ignores_the_scale_of_weights),
		cmocka_unit_test(test_table_depends_on_the_seed),
		cmocka_unit_test(test_table_is_even),
		cmocka_unit_test(test_table_is_sensible_with_two_down),
		cmocka_unit_test(test_table_is_stable),
		cmocka_unit_test(test_table_follows_a_weight),
		cmocka_unit_test(test_table_of_any_size),
		cmocka_unit_test(test_table_with_extreme_weights),
		cmocka_unit_test(test_table_refuses_bad_input),
		cmocka_unit_test(test_table_measures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
