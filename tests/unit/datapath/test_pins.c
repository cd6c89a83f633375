// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static struct pins prepared(void)
{
	const struct datapath_options options = fixture_options();
	struct datapath_error error = {};
	struct pins pins;

	if (pins_init(&pins, &options, &error) || pins_prepare(&pins, &error))
		fail_msg("%s", error.text);
	return pins;
}

static void test_pins_default_root(void **state)
{
	const struct datapath_options options = {};
	struct pins pins;

	(void)state;
	assert_int_equal(pins_init(&pins, &options, NULL), 0);
	assert_string_equal(pins.root, DATAPATH_PIN_ROOT);
}

static void test_pins_refuse_odd_roots(void **state)
{
	struct datapath_options options = { .pin_root = "steer" };
	struct datapath_error error = {};
	char path[PINS_PATH_MAX + 2];
	struct pins pins;

	(void)state;
	assert_int_equal(pins_init(&pins, &options, &error), -EINVAL);
	assert_contains(error.text, "\"steer\" is not an absolute path");
	memset(path, '/', sizeof(path));
	memset(path + 1, 'x', sizeof(path) - 2);
	path[sizeof(path) - 1] = '\0';
	options.pin_root = path;
	assert_int_equal(pins_init(&pins, &options, &error), -ENAMETOOLONG);
}

static void test_pins_prepare_makes_directories_and_undo_removes_them(void **state)
{
	char root[128];
	struct datapath_options options = { .pin_root = root };
	struct stat st;
	struct pins pins;

	(void)state;
	fixture_need();
	snprintf(root, sizeof(root), "%s/a/b/", fixture_root);
	assert_int_equal(pins_init(&pins, &options, NULL), 0);
	assert_int_equal(pins_prepare(&pins, NULL), 0);
	assert_int_equal(stat(pins.directory, &st), 0);
	pins_undo(&pins);
	snprintf(root, sizeof(root), "%s/a", fixture_root);
	assert_int_equal(stat(root, &st), -1);
	assert_int_equal(stat(fixture_root, &st), 0);
}

static void test_pins_refuse_what_is_no_bpffs(void **state)
{
	const struct datapath_options options = { .pin_root = "/tmp/steer-test-none/x" };
	struct datapath_error error = {};
	struct stat st;
	struct pins pins;

	(void)state;
	assert_int_equal(pins_init(&pins, &options, NULL), 0);
	assert_int_equal(pins_prepare(&pins, &error), -EINVAL);
	assert_contains(error.text, "/tmp/steer-test-none/x");
	assert_contains(error.text, "mount -t bpf bpf /sys/fs/bpf");
	assert_int_equal(stat("/tmp/steer-test-none", &st), -1);
}

static void test_pins_refuse_another_schema(void **state)
{
	const struct datapath_options options = fixture_options();
	struct datapath_error error = {};
	struct pins pins;
	char path[128];

	(void)state;
	fixture_need();
	snprintf(path, sizeof(path), "%s/v%d", fixture_root, STEER_SCHEMA + 98);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(pins_init(&pins, &options, NULL), 0);
	assert_int_equal(pins_prepare(&pins, &error), -EPROTO);
	assert_contains(error.text, path);
	assert_contains(error.text, "steer unload");
}

static void test_pins_refuse_a_map_of_other_size(void **state)
{
	uint32_t ids[SCHEMA_MAPS];
	struct datapath_error error = {};
	int fds[SCHEMA_MAPS];
	struct pins pins;
	int fd;

	(void)state;
	fixture_need();
	pins = prepared();
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "odd", 4, 8, STEER_MAX_NODES, NULL);
	assert_int_equal(pins_put(&pins, SCHEMA_NODES, fd, NULL), 0);
	close(fd);
	assert_int_equal(pins_open(&pins, 0, fds, ids, &error), -EPROTO);
	assert_contains(error.text, "steer_nodes: value bytes 8, here 64");
	assert_contains(error.text, pins.directory);
}

static void test_pins_put_replaces(void **state)
{
	uint32_t first[SCHEMA_MAPS], second[SCHEMA_MAPS];
	int fds[SCHEMA_MAPS];
	struct pins pins;

	(void)state;
	fixture_need();
	pins = prepared();
	for (int i = 0; i < 2; i++) {
		int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "steer_nodes", 4,
					sizeof(struct steer_node), STEER_MAX_NODES, NULL);

		assert_int_equal(pins_put(&pins, SCHEMA_NODES, fd, NULL), 0);
		close(fd);
		assert_int_equal(pins_open(&pins, 0, fds, i ? second : first, NULL), 1);
		assert_int_equal(fds[SCHEMA_MACS], -1);
		schema_close(fds);
	}
	assert_int_not_equal(first[SCHEMA_NODES], second[SCHEMA_NODES]);
}

static void test_pins_lock_is_for_one(void **state)
{
	struct datapath_error error = {};
	struct pins one, two;

	(void)state;
	fixture_need();
	one = prepared();
	two = prepared();
	assert_int_equal(pins_lock(&one, NULL), 0);
	assert_int_equal(pins_lock(&two, &error), -EBUSY);
	assert_contains(error.text, fixture_root);
	pins_release(&one);
	assert_int_equal(pins_lock(&two, NULL), 0);
	pins_release(&two);
}

static void test_pins_lock_ends_with_its_holder(void **state)
{
	struct pins mine, theirs;
	int ready[2];
	char byte;
	pid_t child;

	(void)state;
	fixture_need();
	mine = prepared();
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		theirs = mine;
		byte = pins_lock(&theirs, NULL) != 0;
		if (write(ready[1], &byte, 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, 0);
	assert_int_equal(pins_lock(&mine, NULL), -EBUSY);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(pins_lock(&mine, NULL), 0);
	pins_release(&mine);
	close(ready[0]);
	close(ready[1]);
}

static void test_pins_remove_takes_all_schemas_and_leaves_others(void **state)
{
	struct pins pins;
	struct stat st;
	char path[128];

	(void)state;
	fixture_need();
	pins = prepared();
	snprintf(path, sizeof(path), "%s/v77", fixture_root);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/visitors", fixture_root);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_true(pins_exist(&pins));
	assert_int_equal(pins_remove(&pins, NULL), 0);
	assert_false(pins_exist(&pins));
	assert_int_equal(stat(path, &st), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_pins_default_root),
		fixture_test(test_pins_refuse_odd_roots),
		fixture_test(test_pins_prepare_makes_directories_and_undo_removes_them),
		fixture_test(test_pins_refuse_what_is_no_bpffs),
		fixture_test(test_pins_refuse_another_schema),
		fixture_test(test_pins_refuse_a_map_of_other_size),
		fixture_test(test_pins_put_replaces),
		fixture_test(test_pins_lock_is_for_one),
		fixture_test(test_pins_lock_ends_with_its_holder),
		fixture_test(test_pins_remove_takes_all_schemas_and_leaves_others),
	};

	return cmocka_run_group_tests(tests, fixture_group, fixture_ungroup);
}
