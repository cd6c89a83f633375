// SPDX-License-Identifier: GPL-2.0
#include "daemon/admin_file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "policy/state.h"

static char dir[64], file[80];

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/test-admin-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/admin", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(file);
	return rmdir(dir);
}

static void test_admin_file_nothing_recorded_is_active(void **state)
{
	enum steer_admin admin = STEER_ADMIN_DRAINING;

	(void)state;
	assert_int_equal(admin_file_load(dir, NULL, &admin), 0);
	assert_int_equal(admin, STEER_ADMIN_ACTIVE);
}

static void test_admin_file_survives(void **state)
{
	static const enum steer_admin all[] = { STEER_ADMIN_DRAINING, STEER_ADMIN_MAINTENANCE,
						STEER_ADMIN_ACTIVE };
	enum steer_admin admin;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(admin_file_save(dir, NULL, all[i]), 0);
		assert_int_equal(admin_file_load(dir, NULL, &admin), 0);
		assert_int_equal(admin, all[i]);
	}
}

static void test_admin_file_of_nodes_is_their_own(void **state)
{
	char other[128];
	enum steer_admin admin;

	(void)state;
	snprintf(other, sizeof(other), "%s/admin-n7", dir);
	assert_int_equal(admin_file_save(dir, "n7", STEER_ADMIN_DRAINING), 0);
	assert_int_equal(admin_file_load(dir, NULL, &admin), 0);
	assert_int_equal(admin, STEER_ADMIN_ACTIVE);
	assert_int_equal(admin_file_load(dir, "n7", &admin), 0);
	assert_int_equal(admin, STEER_ADMIN_DRAINING);
	assert_int_equal(unlink(other), 0);
}

static void test_admin_file_garbage_is_refused(void **state)
{
	enum steer_admin admin = STEER_ADMIN_MAINTENANCE;
	FILE *f = fopen(file, "w");

	(void)state;
	assert_non_null(f);
	fputs("drained\n", f);
	fclose(f);
	assert_int_equal(admin_file_load(dir, NULL, &admin), -EBADMSG);
	assert_int_equal(admin, STEER_ADMIN_MAINTENANCE);
}

static void test_admin_file_unwritable_directory_is_said(void **state)
{
	(void)state;
	assert_true(admin_file_save("/proc/steer", NULL, STEER_ADMIN_ACTIVE) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_admin_file_nothing_recorded_is_active,
						make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_admin_file_survives, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_admin_file_of_nodes_is_their_own, make_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(test_admin_file_garbage_is_refused, make_dir,
						remove_dir),
		cmocka_unit_test(test_admin_file_unwritable_directory_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
