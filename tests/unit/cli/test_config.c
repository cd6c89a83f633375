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

static void test_config_check_sums_up_what_is_right(void **state)
{
	struct fake_daemon *fake = *state;
	char key[80], yaml[512], expected[256];
	struct outcome text, json;
	FILE *file;

	snprintf(key, sizeof(key), "%s/key", fake->directory);
	file = fopen(key, "w");
	assert_non_null(file);
	for (int i = 0; i < 32; i++)
		fputs("5a", file);
	fclose(file);
	assert_int_equal(chmod(key, 0600), 0);
	snprintf(yaml, sizeof(yaml),
		 "cluster: edge\nkey-file: %s\nnodes:\n"
		 "  - { name: n1, id: 1, address: 192.0.2.11, interface: eth0 }\n"
		 "  - { name: n2, id: 2, address: 192.0.2.12, interface: eth0 }\n"
		 "pools:\n  - { name: web, members: [n1, n2] }\n"
		 "services:\n"
		 "  - { name: w4, vip: 198.51.100.1, protocol: tcp, port: 80, pool: web }\n",
		 key);
	write_file(fake, yaml);

	text = steer(NULL, "config", "check", fake->path, "--node", "n2", NULL);
	json = steer(NULL, "config", "check", fake->path, "--node", "n2", "-j", NULL);
	unlink(key);
	assert_string_equal(text.err, "");
	assert_int_equal(text.exit, CLI_OK);
	snprintf(expected, sizeof(expected),
		 "%s: ok: node n2 of cluster edge; nodes 2, pools 1, services 1\n", fake->path);
	assert_string_equal(text.out, expected);
	snprintf(expected, sizeof(expected),
		 "{\"schema\":1,\"file\":\"%s\",\"node\":\"n2\",\"cluster\":\"edge\","
		 "\"nodes\":2,\"pools\":1,\"services\":1,\"digest\":\"",
		 fake->path);
	assert_ptr_equal(strstr(json.out, expected), json.out);
	outcome_clear(&text);
	outcome_clear(&json);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_daemon_setup, fake_daemon_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_config_check_sums_up_what_is_right),
		TEST(test_config_check_says_all_that_is_wrong),
		TEST(test_config_check_without_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
