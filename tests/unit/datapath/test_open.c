// SPDX-License-Identifier: GPL-2.0
#include "opened.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static void test_open_loads_when_nothing_is_there(void **state)
{
	struct datapath *datapath;
	struct datapath_info info;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	info = info_of(datapath);
	assert_false(info.adopted);
	assert_int_equal(info.mode, DATAPATH_MODE_NATIVE);
	assert_string_equal(info.interface, "st0");
	assert_int_equal(strlen(info.program_tag), 16);
	assert_true(datapath_is_attached(datapath, 0));
	if (!info.dispatcher)
		assert_int_equal(info.program_id, runs("st0"));
	datapath_close(datapath);
	assert_int_not_equal(runs("st0"), 0);
}

static void test_open_refuses_a_second_one(void **state)
{
	const struct datapath_options options = fixture_options();
	struct datapath *first, *second = NULL;
	struct datapath_error error = {};

	(void)state;
	fixture_need();
	first = fixture_open("st0");
	mark(first, 15);
	assert_int_equal(datapath_open(&options, "st0", DATAPATH_MODE_NATIVE, &second, &error),
			 -EBUSY);
	assert_null(second);
	assert_contains(error.text, fixture_root);
	assert_int_equal(marked(first), 15);
	assert_true(datapath_is_attached(first, 0));
	datapath_close(first);
}

static void test_open_is_possible_after_the_holder_was_killed(void **state)
{
	const struct datapath_options options = fixture_options();
	struct datapath *datapath = NULL;
	int ready[2];
	char byte;
	pid_t child;

	(void)state;
	fixture_need();
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		byte = datapath_open(&options, "st0", DATAPATH_MODE_NATIVE, &datapath, NULL) != 0;
		if (write(ready[1], &byte, 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, 0);
	assert_int_equal(datapath_open(&options, "st0", DATAPATH_MODE_NATIVE, &datapath, NULL),
			 -EBUSY);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	datapath = fixture_open("st0");
	assert_true(info_of(datapath).adopted);
	datapath_close(datapath);
	close(ready[0]);
	close(ready[1]);
}

static void test_open_two_roots_are_independent(void **state)
{
	struct datapath *one, *two = NULL;
	struct datapath_options options = fixture_options();
	char root[128];

	(void)state;
	fixture_need();
	snprintf(root, sizeof(root), "%s/other", fixture_root);
	options.pin_root = root;
	one = fixture_open("st0");
	assert_int_equal(datapath_open(&options, "st1", DATAPATH_MODE_NATIVE, &two, NULL), 0);
	mark(one, 1);
	mark(two, 2);
	assert_int_equal(marked(one), 1);
	assert_int_equal(marked(two), 2);
	datapath_close(one);
	datapath_close(two);
}

static void test_open_one_root_for_two_interfaces_is_one_set_of_maps(void **state)
{
	const struct datapath_options options = fixture_options();
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	mark(datapath, 16);
	assert_int_equal(datapath_load(&options, "st1", DATAPATH_MODE_NATIVE, NULL), 0);
	datapath_close(datapath);
	datapath = fixture_open("st1");
	assert_true(info_of(datapath).adopted);
	assert_int_equal(marked(datapath), 16);
	datapath_close(datapath);
}

static void test_open_notices_that_it_was_detached(void **state)
{
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	assert_int_equal(fixture_run("ip link set dev st0 xdp off"), 0);
	assert_false(datapath_is_attached(datapath, 0));
	assert_int_equal(fixture_run("ip link set dev st0 xdpdrv obj %s sec xdp", fixture_object),
			 0);
	assert_false(datapath_is_attached(datapath, 0));
	datapath_close(datapath);
}

static void test_open_names_a_missing_interface(void **state)
{
	const struct datapath_options options = fixture_options();
	struct datapath_error error = {};
	struct datapath *datapath = NULL;

	(void)state;
	assert_int_equal(
		datapath_open(&options, "nosuch0", DATAPATH_MODE_NATIVE, &datapath, &error),
		-ENODEV);
	assert_contains(error.text, "\"nosuch0\"");
	assert_null(datapath);
}

static void test_open_failure_leaves_nothing(void **state)
{
	struct datapath_options options = fixture_options();
	struct datapath_error error = {};
	struct datapath *datapath = NULL;

	(void)state;
	fixture_need();
	options.object = "/nonexistent/steer.bpf.o";
	assert_int_equal(datapath_open(&options, "st0", DATAPATH_MODE_NATIVE, &datapath, &error),
			 -ENOENT);
	assert_contains(error.text, options.object);
	assert_int_equal(runs("st0"), 0);
	assert_int_equal(fixture_run("test ! -e %s/v%d", fixture_root, STEER_SCHEMA), 0);
}

static void test_open_pinned_reads_only(void **state)
{
	const struct datapath_options options = fixture_options();
	const struct steer_settings settings = { .generation = 99 };
	struct datapath *writer, *reader = NULL;

	(void)state;
	fixture_need();
	writer = fixture_open("st0");
	mark(writer, 17);
	datapath_set_state(writer, 1, 2, STEER_STATE_LIVE);
	assert_int_equal(datapath_open_pinned(&options, &reader, NULL), 0);
	assert_int_equal(marked(reader), 17);
	assert_int_equal(datapath_get_state(reader, 1, 2), STEER_STATE_LIVE);
	assert_int_equal(datapath_set_settings(reader, &settings), -EPERM);
	datapath_set_state(reader, 1, 2, 0);
	assert_int_equal(datapath_get_state(writer, 1, 2), STEER_STATE_LIVE);
	assert_int_equal(marked(writer), 17);
	datapath_close(reader);
	datapath_close(writer);
}

static void test_open_pinned_says_where_nothing_is(void **state)
{
	const struct datapath_options options = fixture_options();
	struct datapath_error error = {};
	struct datapath *datapath = NULL;

	(void)state;
	assert_int_equal(datapath_open_pinned(&options, &datapath, &error), -ENOENT);
	assert_contains(error.text, fixture_root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_open_loads_when_nothing_is_there),
		fixture_test(test_open_refuses_a_second_one),
		fixture_test(test_open_is_possible_after_the_holder_was_killed),
		fixture_test(test_open_two_roots_are_independent),
		fixture_test(test_open_one_root_for_two_interfaces_is_one_set_of_maps),
		fixture_test(test_open_notices_that_it_was_detached),
		fixture_test(test_open_names_a_missing_interface),
		fixture_test(test_open_failure_leaves_nothing),
		fixture_test(test_open_pinned_reads_only),
		fixture_test(test_open_pinned_says_where_nothing_is),
	};

	return cmocka_run_group_tests(tests, fixture_group, fixture_ungroup);
}
