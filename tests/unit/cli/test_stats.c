// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cleanup.h"
#include "fake_daemon.h"

/* Reading counters is tested with the program; this is what a user sees without it. */
static void test_stats_without_pins_names_the_directory(void **state)
{
	_cleanup_(outcome_clear) struct outcome o =
		steer(NULL, "stats", "--pin-dir", "/nonexistent/steer", NULL);

	(void)state;
	assert_int_equal(o.exit, CLI_FAILED);
	assert_ptr_equal(strstr(o.err, "steer: "), o.err);
	assert_non_null(strstr(o.err, "/nonexistent/steer"));
	assert_string_equal(o.out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stats_without_pins_names_the_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
