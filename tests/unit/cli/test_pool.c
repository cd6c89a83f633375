// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cleanup.h"
#include "fake_daemon.h"

static void test_pool_show(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	fake_daemon_start(
		fake,
		(struct fake_answer){
			.data = "{\"pools\":[{\"name\":\"web\",\"id\":0,\"mode\":\"active-active\","
				"\"panic\":false,\"table\":{\"rows\":65536,\"digest\":\"0f\"},"
				"\"members\":[{\"node\":\"n1\",\"weight\":100,\"rows\":16384,"
				"\"state\":\"serving\",\"detail\":\"\"},{\"node\":\"n2\","
				"\"weight\":50,\"rows\":8192,\"state\":\"unhealthy\","
				"\"detail\":\"connect 198.51.100.1:80: Connection refused\"}]},"
				"{\"name\":\"db\",\"id\":1,\"mode\":\"active-passive\","
				"\"panic\":true,\"min_healthy\":2,\"on_panic\":\"drop\","
				"\"table\":{\"rows\":65536,\"digest\":\"1f\"},"
				"\"members\":[]}]}" });
	o = steer(fake->path, "pool", "show", NULL);
	assert_int_equal(o.exit, CLI_OK);
	assert_string_equal(o.out,
			    "pool web: active-active, table of 65536 rows, digest 0f\n"
			    "  NODE  WEIGHT   ROWS  STATE      DETAIL\n"
			    "  n1       100  16384  serving\n"
			    "  n2        50   8192  unhealthy  connect 198.51.100.1:80: Connection "
			    "refused\n"
			    "\n"
			    "pool db: active-passive, table of 65536 rows, digest 1f\n"
			    "  PANIC: fewer than 2 members serve, its packets are dropped\n"
			    "  no members\n");
	outcome_clear(&o);
}

static void test_pool_show_policy(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	fake_daemon_start(
		fake,
		(struct fake_answer){
			.data = "{\"pools\":[{\"name\":\"web\",\"id\":0,\"mode\":\"active-active\","
				"\"panic\":true,\"min_healthy\":3,\"on_panic\":\"all\","
				"\"table\":{\"rows\":65536,\"digest\":\"0f\"},"
				"\"members\":[{\"node\":\"n1\",\"weight\":100,\"rows\":16384,"
				"\"state\":\"serving\",\"share\":1.0,\"held_s\":null,\"detail\":"
				"\"\"},"
				"{\"node\":\"n2\",\"weight\":50,\"rows\":8192,"
				"\"state\":\"serving\",\"share\":0.0625,\"held_s\":null,\"detail\":"
				"\"\"},"
				"{\"node\":\"n3\",\"weight\":50,\"rows\":8192,"
				"\"state\":\"ready\",\"share\":0.0,\"held_s\":7.96,\"detail\":\"\"}"
				"]}]}" });
	o = steer(fake->path, "pool", "show", NULL);
	assert_int_equal(o.exit, CLI_OK);
	assert_string_equal(o.out, "pool web: active-active, table of 65536 rows, digest 0f\n"
				   "  PANIC: fewer than 3 members serve, all live ones are used\n"
				   "  NODE  WEIGHT   ROWS  STATE              DETAIL\n"
				   "  n1       100  16384  serving\n"
				   "  n2        50   8192  serving, share 6%\n"
				   "  n3        50   8192  ready, held 8.0s\n");
	outcome_clear(&o);
}

static void test_pool_show_without_pools(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	fake_daemon_start(fake, (struct fake_answer){ .data = "{\"pools\":[]}" });
	o = steer(fake->path, "pool", NULL);
	assert_string_equal(o.out, "no pools\n");
	outcome_clear(&o);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_daemon_setup, fake_daemon_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pool_show),
		TEST(test_pool_show_policy),
		TEST(test_pool_show_without_pools),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
