// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cleanup.h"
#include "fake_daemon.h"

/* Put text into a file of the fake daemon's directory, in place of the socket. */
static void write_file(const struct fake_daemon *fake, const char *text)
{
	FILE *file = fopen(fake->path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_config_check_says_all_that_is_wrong(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;
	char first[160];

	write_file(fake, "clutser: edge\nnodse: []\n");
	o = steer(NULL, "config", "check", fake->path, "--node", "n1", NULL);
	snprintf(first, sizeof(first), "%s:1:1: ", fake->path);
	assert_int_equal(o.exit, CLI_BAD_CONFIG);
	assert_ptr_equal(strstr(o.err, first), o.err);
	snprintf(first, sizeof(first), "\n%s:2:1: ", fake->path);
	assert_non_null(strstr(o.err, first));
	assert_string_equal(o.out, "");
	outcome_clear(&o);
}

static void test_config_check_without_a_file(void **state)
{
	struct fake_daemon *fake = *state;
	_cleanup_(outcome_clear) struct outcome o =
		steer(NULL, "config", "check", fake->path, NULL);

	assert_int_equal(o.exit, CLI_BAD_CONFIG);
	assert_non_null(strstr(o.err, fake->path));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_daemon_setup, fake_daemon_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_config_check_says_all_that_is_wrong),
		TEST(test_config_check_without_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
