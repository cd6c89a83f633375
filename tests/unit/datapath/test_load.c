// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

static void test_load_refuses_to_load_twice(void **state)
{
	const struct datapath_options options = fixture_options();
	struct datapath_error error = {};

	(void)state;
	fixture_need();
	assert_int_equal(datapath_load(&options, "st0", DATAPATH_MODE_NATIVE, &error), 0);
	assert_int_equal(datapath_load(&options, "st0", DATAPATH_MODE_NATIVE, &error), -EEXIST);
	assert_contains(error.text, "st0 runs Steer's program already");
}

static void test_load_names_what_is_missing(void **state)
{
	struct datapath_options options = fixture_options();
	struct datapath_error error = {};

	(void)state;
	fixture_need();
	assert_int_equal(datapath_load(&options, "nosuch0", DATAPATH_MODE_NATIVE, &error), -ENODEV);
	assert_contains(error.text, "nosuch0");
	options.object = "/nonexistent.o";
	assert_int_equal(datapath_load(&options, "st0", DATAPATH_MODE_NATIVE, &error), -ENOENT);
	assert_contains(error.text, "/nonexistent.o");
}

static void test_load_refuses_a_file_that_is_no_program(void **state)
{
	struct datapath_options options = fixture_options();
	struct datapath_error error = {};

	(void)state;
	fixture_need();
	options.object = "/proc/self/exe";
	assert_true(datapath_load(&options, "st0", DATAPATH_MODE_NATIVE, &error) < 0);
	assert_contains(error.text, "/proc/self/exe");
	options.object = "/dev/null";
	assert_true(datapath_load(&options, "st0", DATAPATH_MODE_NATIVE, &error) < 0);
	assert_contains(error.text, "/dev/null");
	assert_int_equal(fixture_run("test ! -e %s/v%d", fixture_root, STEER_SCHEMA), 0);
}

/* The pins that were there before a failed load are there after it. */
static void test_load_failure_keeps_old_pins(void **state)
{
	const struct datapath_options options = fixture_options();
	const struct steer_settings settings = { .generation = 5 };
	struct steer_settings now = {};
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	assert_int_equal(datapath_set_settings(datapath, &settings), 0);
	datapath_close(datapath);
	assert_int_equal(datapath_load(&options, "st2", DATAPATH_MODE_NATIVE, NULL), -EOPNOTSUPP);
	assert_int_equal(datapath_open_pinned(&options, &datapath, NULL), 0);
	assert_int_equal(datapath_get_settings(datapath, &now), 0);
	assert_int_equal(now.generation, 5);
	datapath_close(datapath);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_load_refuses_to_load_twice),
		fixture_test(test_load_names_what_is_missing),
		fixture_test(test_load_refuses_a_file_that_is_no_program),
		fixture_test(test_load_failure_keeps_old_pins),
	};

	return cmocka_run_group_tests(tests, fixture_group, fixture_ungroup);
}
