// SPDX-License-Identifier: GPL-2.0
#include "liveness/realtime.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int policy(void)
{
	return sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
}

/* Lent with the right to it; given back without, as who owes it to a limit (RLIMIT_RTPRIO) does. */
static int borrow(void)
{
	struct realtime_borrower borrower;

	realtime_borrower_init(&borrower);
	realtime_lend(&borrower);
	if (policy() != SCHED_FIFO || setgid(65534) || setuid(65534))
		return 77;
	realtime_give_back(&borrower);
	return policy() == SCHED_OTHER ? 0 : 1;
}

static void test_realtime_is_given_back_without_capabilities(void **state)
{
	pid_t child;
	int status;

	(void)state;
	child = fork();
	if (!child)
		_exit(borrow());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("skipped: needs root\n");
		skip();
	}
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_realtime_is_given_back_without_capabilities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
