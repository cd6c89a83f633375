// SPDX-License-Identifier: GPL-2.0
#include "cluster/table_sharing.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "steer/limits.h"

static struct table_sharing sharing;

static int setup(void **state)
{
	(void)state;
	return table_sharing_init(&sharing);
}

static int teardown(void **state)
{
	(void)state;
	table_sharing_free(&sharing);
	return 0;
}

static size_t find(uint64_t digest, uint32_t before)
{
	const struct shared_table table = { .index = 99, .spec_digest = digest, .before = before };

	return table_sharing_find(&sharing, &table);
}

static void test_table_sharing_have_the_same_source_and_past(void **state)
{
	(void)state;
	assert_int_equal(find(7, 3), SHARING_NONE);
	table_sharing_add(&sharing,
			  &(struct shared_table){ .index = 4, .spec_digest = 7, .before = 3 }, 1);
	table_sharing_add(&sharing,
			  &(struct shared_table){ .index = 5, .spec_digest = 7, .before = 2 }, 2);
	assert_int_equal(find(7, 3), 4);
	assert_int_equal(find(7, 2), 5);
	assert_int_equal(find(8, 3), SHARING_NONE);
	assert_int_equal(find(7, 1), SHARING_NONE);
}

static void test_table_sharing_without_a_past_take_any(void **state)
{
	(void)state;
	table_sharing_add(&sharing,
			  &(struct shared_table){ .index = 4, .spec_digest = 7, .before = 3 }, 1);
	assert_int_equal(find(7, 0), 4);
	assert_int_equal(find(8, 0), SHARING_NONE);
	table_sharing_add(&sharing, &(struct shared_table){ .index = 6, .spec_digest = 8 }, 2);
	assert_int_equal(find(8, 0), 6);
	assert_int_equal(find(8, 3), SHARING_NONE);
}

static void test_table_sharing_of_an_unknown_source_are_none(void **state)
{
	(void)state;
	table_sharing_add(&sharing, &(struct shared_table){ .index = 4, .before = 3 }, 1);
	assert_int_equal(find(0, 3), SHARING_NONE);
	assert_int_equal(find(0, 0), SHARING_NONE);
}

static void test_table_sharing_are_found_by_what_they_hold(void **state)
{
	(void)state;
	table_sharing_add(&sharing, &(struct shared_table){ .index = 4, .spec_digest = 7 }, 10);
	table_sharing_add(&sharing, &(struct shared_table){ .index = 5, .spec_digest = 8 }, 11);
	assert_int_equal(table_sharing_find_content(&sharing, 11), 5);
	assert_int_equal(table_sharing_find_content(&sharing, 12), SHARING_NONE);
}

static void test_table_sharing_have_room_for_all_pools(void **state)
{
	(void)state;
	for (size_t i = 0; i < STEER_MAX_POOLS + 1; i++)
		table_sharing_add(&sharing,
				  &(struct shared_table){ .index = i, .spec_digest = i + 1 }, i);
	assert_int_equal(find(STEER_MAX_POOLS, 0), STEER_MAX_POOLS - 1);
	assert_int_equal(find(STEER_MAX_POOLS + 1, 0), SHARING_NONE);
}

#define sharing_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		sharing_test(test_table_sharing_have_the_same_source_and_past),
		sharing_test(test_table_sharing_without_a_past_take_any),
		sharing_test(test_table_sharing_of_an_unknown_source_are_none),
		sharing_test(test_table_sharing_are_found_by_what_they_hold),
		sharing_test(test_table_sharing_have_room_for_all_pools),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
