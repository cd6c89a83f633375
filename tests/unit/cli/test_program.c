// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cleanup.h"
#include "fake_daemon.h"

/* What needs a kernel to load into is tested with the loaders; this is what goes wrong before. */
static void test_program_load_names_what_is_missing(void **state)
{
	_cleanup_(outcome_clear) struct outcome o =
		steer(NULL, "load", "steernone0", "--object", "/nonexistent/steer.bpf.o", NULL);

	(void)state;
	assert_int_equal(o.exit, CLI_FAILED);
	assert_ptr_equal(strstr(o.err, "steer: "), o.err);
	assert_true(strstr(o.err, "steernone0") || strstr(o.err, "/nonexistent/steer.bpf.o"));
	assert_ptr_equal(strchr(o.err, '\n'), o.err + strlen(o.err) - 1);
	assert_string_equal(o.out, "");
}

static void test_program_unload_names_the_interface(void **state)
{
	_cleanup_(outcome_clear) struct outcome o = steer(NULL, "unload", "steernone0", NULL);

	(void)state;
	assert_int_equal(o.exit, CLI_FAILED);
	assert_ptr_equal(strstr(o.err, "steer: "), o.err);
	assert_non_null(strstr(o.err, "steernone0"));
	assert_string_equal(o.out, "");
}

static void test_program_load_wants_a_known_dispatcher(void **state)
{
	_cleanup_(outcome_clear) struct outcome o =
		steer(NULL, "load", "steernone0", "--dispatcher", "maybe", NULL);

	(void)state;
	assert_int_equal(o.exit, CLI_USAGE);
	assert_string_equal(o.err,
			    "steer: --dispatcher: \"maybe\" is none; known: auto, on, off\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_program_load_names_what_is_missing),
		cmocka_unit_test(test_program_load_wants_a_known_dispatcher),
		cmocka_unit_test(test_program_unload_names_the_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
