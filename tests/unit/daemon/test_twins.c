// SPDX-License-Identifier: GPL-2.0
#include "daemon/twins.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "steer/limits.h"

static struct twins twins;

static int setup(void **state)
{
	(void)state;
	return twins_init(&twins);
}

static int teardown(void **state)
{
	(void)state;
	twins_free(&twins);
	return 0;
}

static size_t find(uint64_t source, uint32_t before)
{
	const struct twin twin = { .slot = 99, .source = source, .before = before };

	return twins_find(&twins, &twin);
}

static void test_twins_have_the_same_source_and_past(void **state)
{
	(void)state;
	assert_int_equal(find(7, 3), TWIN_NONE);
	twins_add(&twins, &(struct twin){ .slot = 4, .source = 7, .before = 3 }, 1);
	twins_add(&twins, &(struct twin){ .slot = 5, .source = 7, .before = 2 }, 2);
	assert_int_equal(find(7, 3), 4);
	assert_int_equal(find(7, 2), 5);
	assert_int_equal(find(8, 3), TWIN_NONE);
	assert_int_equal(find(7, 1), TWIN_NONE);
}

static void test_twins_without_a_past_take_any(void **state)
{
	(void)state;
	twins_add(&twins, &(struct twin){ .slot = 4, .source = 7, .before = 3 }, 1);
	assert_int_equal(find(7, 0), 4);
	assert_int_equal(find(8, 0), TWIN_NONE);
	twins_add(&twins, &(struct twin){ .slot = 6, .source = 8 }, 2);
	assert_int_equal(find(8, 0), 6);
	assert_int_equal(find(8, 3), TWIN_NONE);
}

static void test_twins_of_an_unknown_source_are_none(void **state)
{
	(void)state;
	twins_add(&twins, &(struct twin){ .slot = 4, .before = 3 }, 1);
	assert_int_equal(find(0, 3), TWIN_NONE);
	assert_int_equal(find(0, 0), TWIN_NONE);
}

static void test_twins_are_found_by_what_they_hold(void **state)
{
	(void)state;
	twins_add(&twins, &(struct twin){ .slot = 4, .source = 7 }, 10);
	twins_add(&twins, &(struct twin){ .slot = 5, .source = 8 }, 11);
	assert_int_equal(twins_find_view(&twins, 11), 5);
	assert_int_equal(twins_find_view(&twins, 12), TWIN_NONE);
}

static void test_twins_have_room_for_all_pools(void **state)
{
	(void)state;
	for (size_t i = 0; i < STEER_MAX_POOLS + 1; i++)
		twins_add(&twins, &(struct twin){ .slot = i, .source = i + 1 }, i);
	assert_int_equal(find(STEER_MAX_POOLS, 0), STEER_MAX_POOLS - 1);
	assert_int_equal(find(STEER_MAX_POOLS + 1, 0), TWIN_NONE);
}

#define twins_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		twins_test(test_twins_have_the_same_source_and_past),
		twins_test(test_twins_without_a_past_take_any),
		twins_test(test_twins_of_an_unknown_source_are_none),
		twins_test(test_twins_are_found_by_what_they_hold),
		twins_test(test_twins_have_room_for_all_pools),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
