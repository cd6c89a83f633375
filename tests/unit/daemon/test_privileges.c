// SPDX-License-Identifier: GPL-2.0
#include "daemon/privileges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static bool holds(cap_value_t cap, cap_flag_t flag)
{
	cap_t now = cap_get_proc();
	cap_flag_value_t value = CAP_CLEAR;

	cap_get_flag(now, cap, flag, &value);
	cap_free(now);
	return value == CAP_SET;
}

static void need_root(void)
{
	if (!geteuid() && holds(CAP_SYS_ADMIN, CAP_PERMITTED) && holds(CAP_NET_RAW, CAP_PERMITTED))
		return;
	print_message("skipped: needs root\n");
	skip();
}

/* A child's, so that this process stays what it is. Return: its exit status. */
static int run(int (*function)(void))
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(function());
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static int drop(void)
{
	char names[PRIVILEGES_TEXT_MAX];

	if (privileges_drop())
		return 1;
	if (holds(CAP_SYS_ADMIN, CAP_PERMITTED) || holds(CAP_DAC_OVERRIDE, CAP_EFFECTIVE))
		return 2;
	if (!holds(CAP_BPF, CAP_EFFECTIVE) || !holds(CAP_NET_ADMIN, CAP_EFFECTIVE) ||
	    !holds(CAP_PERFMON, CAP_EFFECTIVE) || !holds(CAP_NET_RAW, CAP_EFFECTIVE))
		return 3;
	if (cap_get_bound(CAP_SYS_ADMIN) || !cap_get_bound(CAP_BPF))
		return 4;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 5;
	if (privileges_lacking(names) || names[0])
		return 6;
	return privileges_drop() ? 7 : 0;
}

static void test_privileges_drop_keeps_the_list(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(run(drop), 0);
}

/* Ambient ones would go to the programs that checks run. */
static int drop_ambient(void)
{
	const cap_value_t both[] = { CAP_NET_ADMIN, CAP_SYS_ADMIN };
	cap_t few = cap_init();

	if (cap_set_flag(few, CAP_PERMITTED, 2, both, CAP_SET) ||
	    cap_set_flag(few, CAP_EFFECTIVE, 2, both, CAP_SET) ||
	    cap_set_flag(few, CAP_INHERITABLE, 2, both, CAP_SET) || cap_set_proc(few) ||
	    cap_set_ambient(CAP_NET_ADMIN, CAP_SET))
		return 1;
	cap_free(few);
	if (privileges_drop() || cap_get_ambient(CAP_NET_ADMIN))
		return 2;
	if (holds(CAP_NET_ADMIN, CAP_INHERITABLE) || holds(CAP_SYS_ADMIN, CAP_INHERITABLE))
		return 3;
	if (holds(CAP_BPF, CAP_PERMITTED) || holds(CAP_SYS_ADMIN, CAP_PERMITTED))
		return 4;
	return holds(CAP_NET_ADMIN, CAP_EFFECTIVE) ? 0 : 5;
}

static void test_privileges_drop_leaves_none_to_children(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(run(drop_ambient), 0);
}

static int name_lacking(void)
{
	const cap_value_t one = CAP_NET_ADMIN;
	char names[PRIVILEGES_TEXT_MAX];
	cap_t few = cap_init();

	if (cap_set_flag(few, CAP_PERMITTED, 1, &one, CAP_SET) ||
	    cap_set_flag(few, CAP_EFFECTIVE, 1, &one, CAP_SET) || cap_set_proc(few))
		return 1;
	cap_free(few);
	if (privileges_drop() || !privileges_lacking(names))
		return 2;
	return strcmp(names, "CAP_BPF, CAP_PERFMON, CAP_NET_RAW") ? 3 : 0;
}

static void test_privileges_lacking_are_named(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(run(name_lacking), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_privileges_drop_keeps_the_list),
		cmocka_unit_test(test_privileges_drop_leaves_none_to_children),
		cmocka_unit_test(test_privileges_lacking_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
