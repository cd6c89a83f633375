// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

/* DOC: former owners of rows that have no room for them, beside a table. */

static struct steer_row rows[STEER_TABLE_ROWS], now[STEER_TABLE_ROWS];

static struct steer_former former[STEER_TABLE_ROWS], former_now[STEER_TABLE_ROWS];

static void fill_former(uint16_t first)
{
	for (size_t i = 0; i < STEER_TABLE_ROWS; i++)
		former[i] = (struct steer_former){ .node = { first + i % 90, i % 5 } };
}

static bool has_former(struct datapath *datapath, uint16_t pool)
{
	static const struct steer_former none;
	struct steer_former one;
	struct steer_row row;
	__u32 key = pool, id;
	bool any = false;

	assert_int_equal(datapath_get_table(datapath, pool, now, former_now), 0);
	for (size_t i = 0; i < STEER_TABLE_ROWS; i++)
		any = any || memcmp(&former_now[i], &none, sizeof(none)) != 0;
	assert_int_equal(bpf_map_lookup_elem(datapath->map[SCHEMA_FORMER], &key, &id) == 0, any);
	assert_int_equal(datapath_get_row(datapath, pool, 77, &row, &one), 0);
	assert_memory_equal(&one, &former_now[77], sizeof(one));
	assert_memory_equal(&row, &now[77], sizeof(row));
	return any;
}

static void test_former_come_back_and_go(void **state)
{
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	fixture_fill(rows, 1);
	fill_former(1);
	assert_int_equal(datapath_set_table(datapath, 1, rows, NULL), 0);
	assert_false(has_former(datapath, 1));
	assert_int_equal(datapath_set_table(datapath, 1, rows, former), 0);
	assert_true(has_former(datapath, 1));
	assert_memory_equal(former, former_now, sizeof(former));
	fill_former(500);
	assert_int_equal(datapath_set_table(datapath, 1, rows, former), 0);
	assert_true(has_former(datapath, 1));
	assert_memory_equal(former, former_now, sizeof(former));
	assert_int_equal(datapath_set_table(datapath, 1, rows, NULL), 0);
	assert_false(has_former(datapath, 1));
	assert_int_equal(datapath_set_table(datapath, 1, rows, former), 0);
	assert_int_equal(datapath_delete_table(datapath, 1), 0);
	assert_int_equal(datapath_set_table(datapath, 1, rows, NULL), 0);
	assert_false(has_former(datapath, 1));
	datapath_close(datapath);
}

static void test_former_outlive_the_daemon(void **state)
{
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	fixture_fill(rows, 1);
	fill_former(3);
	assert_int_equal(datapath_set_table(datapath, 1, rows, former), 0);
	datapath_close(datapath);
	datapath = fixture_open("st0");
	assert_int_equal(datapath_pin_table(datapath, 1), 0);
	assert_true(has_former(datapath, 1));
	assert_memory_equal(former, former_now, sizeof(former));
	datapath_close(datapath);
	/* Also if the next one does not ask for the pool, and uses its index for another one. */
	datapath = fixture_open("st0");
	assert_int_equal(datapath_set_table(datapath, 1, rows, NULL), 0);
	assert_false(has_former(datapath, 1));
	datapath_close(datapath);
}

static void test_former_are_shared(void **state)
{
	static const uint16_t pools[] = { 2, 3 };
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	fixture_fill(rows, 1);
	fill_former(3);
	assert_int_equal(datapath_set_table(datapath, 1, rows, former), 0);
	assert_int_equal(datapath_share_table(datapath, 1, pools, 2), 0);
	for (size_t i = 0; i < 2; i++) {
		assert_true(has_former(datapath, pools[i]));
		assert_memory_equal(former, former_now, sizeof(former));
	}
	assert_int_equal(datapath_set_table(datapath, 1, rows, NULL), 0);
	assert_true(has_former(datapath, 2));
	assert_int_equal(datapath_share_table(datapath, 1, pools, 2), 0);
	assert_false(has_former(datapath, 2));
	assert_false(has_former(datapath, 3));
	datapath_close(datapath);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_former_come_back_and_go),
		fixture_test(test_former_outlive_the_daemon),
		fixture_test(test_former_are_shared),
	};

	return cmocka_run_group_tests(tests, fixture_group, fixture_ungroup);
}
