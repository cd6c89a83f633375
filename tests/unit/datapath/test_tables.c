// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static struct steer_row rows[STEER_TABLE_ROWS], now[STEER_TABLE_ROWS];

static __u32 table_id(const struct datapath *datapath, __u32 pool)
{
	__u32 id = 0;

	bpf_map_lookup_elem(datapath->map[SCHEMA_TABLES], &pool, &id);
	return id;
}

static void test_tables_come_back(void **state)
{
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	assert_int_equal(datapath_get_table(datapath, 5, now, NULL), -ENOENT);
	fixture_fill(rows, 1);
	assert_int_equal(datapath_set_table(datapath, 5, rows, NULL), 0);
	assert_int_equal(datapath_get_table(datapath, 5, now, NULL), 0);
	assert_memory_equal(now, rows, sizeof(rows));
	assert_int_equal(datapath_get_table(datapath, 4, now, NULL), -ENOENT);
	datapath_close(datapath);
}

static void test_tables_are_replaced_as_a_whole(void **state)
{
	struct datapath *datapath;
	__u32 id;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	fixture_fill(rows, 1);
	assert_int_equal(datapath_set_table(datapath, 0, rows, NULL), 0);
	id = table_id(datapath, 0);
	fixture_fill(rows, 300);
	assert_int_equal(datapath_set_table(datapath, 0, rows, NULL), 0);
	assert_int_not_equal(table_id(datapath, 0), id);
	assert_int_equal(datapath_get_table(datapath, 0, now, NULL), 0);
	assert_memory_equal(now, rows, sizeof(rows));
	datapath_close(datapath);
}

static void test_tables_outlive_the_daemon(void **state)
{
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	fixture_fill(rows, 20);
	assert_int_equal(datapath_set_table(datapath, STEER_MAX_POOLS - 1, rows, NULL), 0);
	datapath_close(datapath);
	datapath = fixture_open("st0");
	assert_int_equal(datapath_get_table(datapath, STEER_MAX_POOLS - 1, now, NULL), 0);
	assert_memory_equal(now, rows, sizeof(rows));
	datapath_close(datapath);
}

static void test_tables_are_deleted(void **state)
{
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	fixture_fill(rows, 1);
	assert_int_equal(datapath_set_table(datapath, 1, rows, NULL), 0);
	assert_int_equal(datapath_delete_table(datapath, 1), 0);
	assert_int_equal(datapath_get_table(datapath, 1, now, NULL), -ENOENT);
	assert_int_equal(datapath_delete_table(datapath, 1), 0);
	datapath_close(datapath);
}

static void test_tables_refuse_a_pool_too_many(void **state)
{
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	assert_int_equal(datapath_set_table(datapath, STEER_MAX_POOLS, rows, NULL), -EINVAL);
	assert_int_equal(datapath_get_table(datapath, STEER_MAX_POOLS, now, NULL), -EINVAL);
	assert_int_equal(datapath_delete_table(datapath, STEER_MAX_POOLS), -EINVAL);
	datapath_close(datapath);
}

/* bpftool names the fields of a row. */
static void test_tables_have_a_description(void **state)
{
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);
	struct datapath *datapath;
	int fd;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	fixture_fill(rows, 1);
	assert_int_equal(datapath_set_table(datapath, 1, rows, NULL), 0);
	fd = bpf_map_get_fd_by_id(table_id(datapath, 1));
	assert_true(fd >= 0);
	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &length), 0);
	assert_int_not_equal(info.btf_value_type_id, 0);
	close(fd);
	datapath_close(datapath);
}

/* All that the daemon keeps. */
static void drop_rights(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct few[2] = { { .effective = 1U << CAP_NET_ADMIN } };

	few[0].permitted = few[0].effective;
	few[1].effective = few[1].permitted = 1U << (CAP_BPF - 32) | 1U << (CAP_PERFMON - 32);
	if (syscall(SYS_capset, &header, few))
		_exit(100);
}

static int status_of(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void unpin(uint16_t pool)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/v%d/steer_tables_%u", fixture_root, STEER_SCHEMA, pool);
	assert_int_equal(unlink(path), 0);
}

/* To open a map by its id takes a right that making it does not. */
static void test_tables_come_back_by_their_pins(void **state)
{
	struct datapath *datapath;
	pid_t child;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	fixture_fill(rows, 1);
	child = fork();
	if (!child) {
		drop_rights();
		if (datapath_set_table(datapath, 1, rows, NULL))
			_exit(1);
		if (datapath_get_table(datapath, 1, now, NULL))
			_exit(2);
		_exit(memcmp(rows, now, sizeof(rows)) ? 3 : 0);
	}
	assert_int_equal(status_of(child), 0);
	assert_int_equal(datapath_delete_table(datapath, 1), 0);
	assert_int_equal(datapath_pin_table(datapath, 1), -ENOENT);
	datapath_close(datapath);
}

static int get_without_rights(struct datapath *datapath, uint16_t pool)
{
	pid_t child = fork();

	if (!child) {
		drop_rights();
		_exit(-datapath_get_table(datapath, pool, now, NULL));
	}
	return -WEXITSTATUS(status_of(child));
}

/* Pins may be removed under a daemon. */
static void test_tables_that_were_made_are_kept(void **state)
{
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	fixture_fill(rows, 1);
	assert_int_equal(datapath_set_table(datapath, 1, rows, NULL), 0);
	unpin(1);
	assert_int_equal(get_without_rights(datapath, 1), 0);
	datapath_close(datapath);
}

static void test_tables_of_others_are_kept_when_asked_for(void **state)
{
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	fixture_fill(rows, 1);
	assert_int_equal(datapath_set_table(datapath, 1, rows, NULL), 0);
	unpin(1);
	datapath_close(datapath);
	datapath = fixture_open("st0");
	assert_int_equal(get_without_rights(datapath, 1), -ENOENT);
	assert_int_equal(datapath_pin_table(datapath, 1), 0);
	assert_int_equal(get_without_rights(datapath, 1), 0);
	unpin(1);
	assert_int_equal(get_without_rights(datapath, 1), 0);
	datapath_close(datapath);
}

/* Somebody may have put another table in, whose pin failed. */
static void test_tables_of_an_old_pin_are_not_taken(void **state)
{
	struct datapath *datapath;
	char path[256], old[260];

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	fixture_fill(rows, 1);
	assert_int_equal(datapath_set_table(datapath, 1, rows, NULL), 0);
	snprintf(path, sizeof(path), "%s/v%d/steer_tables_1", fixture_root, STEER_SCHEMA);
	snprintf(old, sizeof(old), "%s_old", path);
	assert_int_equal(rename(path, old), 0);
	fixture_fill(rows, 2);
	assert_int_equal(datapath_set_table(datapath, 1, rows, NULL), 0);
	assert_int_equal(rename(old, path), 0);
	assert_int_equal(datapath_get_table(datapath, 1, now, NULL), 0);
	assert_memory_equal(rows, now, sizeof(rows));
	datapath_close(datapath);
}

static void test_tables_are_shared(void **state)
{
	static const uint16_t pools[] = { 2, 3, STEER_MAX_POOLS - 1 };
	struct datapath *datapath;
	__u32 id;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	fixture_fill(rows, 1);
	assert_int_equal(datapath_set_table(datapath, 1, rows, NULL), 0);
	id = table_id(datapath, 1);
	assert_int_equal(datapath_get_table_id(datapath, 1), id);
	assert_int_equal(datapath_get_table_id(datapath, 2), 0);
	assert_int_equal(datapath_share_table(datapath, 1, pools, 3), 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(table_id(datapath, pools[i]), id);
		assert_int_equal(datapath_get_table(datapath, pools[i], now, NULL), 0);
		assert_memory_equal(now, rows, sizeof(rows));
	}
	assert_int_equal(datapath_share_table(datapath, 3, pools, 3), 0);
	assert_int_equal(table_id(datapath, 1), id);
	datapath_close(datapath);
}

static void test_tables_that_are_shared_change_alone(void **state)
{
	static const uint16_t pools[] = { 2, 3 };
	static struct steer_row before[STEER_TABLE_ROWS];
	struct datapath *datapath;
	__u32 id;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	fixture_fill(rows, 1);
	memcpy(before, rows, sizeof(before));
	assert_int_equal(datapath_set_table(datapath, 1, rows, NULL), 0);
	assert_int_equal(datapath_share_table(datapath, 1, pools, 2), 0);
	id = table_id(datapath, 1);
	fixture_fill(rows, 300);
	assert_int_equal(datapath_set_table(datapath, 1, rows, NULL), 0);
	assert_int_not_equal(table_id(datapath, 1), id);
	assert_int_equal(table_id(datapath, 2), id);
	assert_int_equal(datapath_get_table(datapath, 2, now, NULL), 0);
	assert_memory_equal(now, before, sizeof(before));
	assert_int_equal(datapath_delete_table(datapath, 2), 0);
	assert_int_equal(datapath_get_table(datapath, 2, now, NULL), -ENOENT);
	assert_int_equal(datapath_get_table(datapath, 3, now, NULL), 0);
	assert_memory_equal(now, before, sizeof(before));
	datapath_close(datapath);
}

static void test_tables_of_no_pool_are_not_shared(void **state)
{
	static const uint16_t pools[] = { 2, STEER_MAX_POOLS };
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	assert_int_equal(datapath_share_table(datapath, 1, pools, 1), -ENOENT);
	assert_int_equal(datapath_share_table(datapath, STEER_MAX_POOLS, pools, 1), -EINVAL);
	fixture_fill(rows, 1);
	assert_int_equal(datapath_set_table(datapath, 1, rows, NULL), 0);
	assert_int_equal(datapath_share_table(datapath, 1, pools, 2), -EINVAL);
	assert_int_equal(datapath_get_table(datapath, 2, now, NULL), -ENOENT);
	datapath_close(datapath);
}

/* Every pool has a pin and a descriptor of its own. */
static void test_tables_that_are_shared_are_kept(void **state)
{
	static const uint16_t pools[] = { 2, 3 };
	struct datapath *datapath;
	pid_t child;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	fixture_fill(rows, 1);
	assert_int_equal(datapath_set_table(datapath, 1, rows, NULL), 0);
	child = fork();
	if (!child) {
		drop_rights();
		if (datapath_share_table(datapath, 1, pools, 2))
			_exit(1);
		unpin(3);
		if (datapath_get_table(datapath, 3, now, NULL))
			_exit(2);
		_exit(memcmp(rows, now, sizeof(rows)) ? 3 : 0);
	}
	assert_int_equal(status_of(child), 0);
	assert_int_equal(datapath_delete_table(datapath, 1), 0);
	datapath_close(datapath);
	datapath = fixture_open("st0");
	assert_int_equal(table_id(datapath, 1), 0);
	assert_int_equal(get_without_rights(datapath, 2), 0);
	datapath_close(datapath);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_tables_come_back),
		fixture_test(test_tables_are_replaced_as_a_whole),
		fixture_test(test_tables_outlive_the_daemon),
		fixture_test(test_tables_are_deleted),
		fixture_test(test_tables_refuse_a_pool_too_many),
		fixture_test(test_tables_have_a_description),
		fixture_test(test_tables_come_back_by_their_pins),
		fixture_test(test_tables_that_were_made_are_kept),
		fixture_test(test_tables_of_others_are_kept_when_asked_for),
		fixture_test(test_tables_of_an_old_pin_are_not_taken),
		fixture_test(test_tables_are_shared),
		fixture_test(test_tables_that_are_shared_change_alone),
		fixture_test(test_tables_of_no_pool_are_not_shared),
		fixture_test(test_tables_that_are_shared_are_kept),
	};

	return cmocka_run_group_tests(tests, fixture_group, fixture_ungroup);
}
