// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cleanup.h"
#include "fake_daemon.h"

#define ANY6                                                                                       \
	"{\"name\":\"any6\",\"id\":1,\"vip\":\"2001:db8:1::/64\",\"protocol\":\"udp\",\"port\":0," \
	"\"pool\":\"dns\",\"hash\":\"source\",\"local\":{\"packets\":7,\"bytes\":700},"            \
	"\"forward\":{\"packets\":12345678,\"bytes\":99999999},"                                   \
	"\"drop\":{\"packets\":0,\"bytes\":0}}"

static void test_service_show_lists_all(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	fake_daemon_start(fake, (struct fake_answer){ .data = "{\"services\":[" ANY6 "]}" });
	o = steer(fake->path, "service", NULL);
	assert_int_equal(o.exit, CLI_OK);
	assert_string_equal(o.out,
			    "SERVICE  VIP              PROTO  PORT  POOL  LOCAL   FORWARD  DROP\n"
			    "any6     2001:db8:1::/64  udp     any  dns       7  12345678     0\n");
	outcome_clear(&o);
}

static void test_service_show_tells_all_of_one(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	fake_daemon_start(fake, (struct fake_answer){ .data = "{\"services\":[" ANY6 "]}" });
	o = steer(fake->path, "service", "show", "any6", NULL);
	assert_int_equal(o.exit, CLI_OK);
	assert_string_equal(o.out, "service   any6\n"
				   "id        1\n"
				   "vip       2001:db8:1::/64\n"
				   "protocol  udp\n"
				   "port      any\n"
				   "pool      dns\n"
				   "hash      source\n"
				   "local     7 packets, 700 B\n"
				   "forward   12345678 packets, 100.0 MB\n"
				   "drop      0 packets, 0 B\n");
	outcome_clear(&o);
}

static void test_service_show_tells_of_a_flow_table(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	fake_daemon_start(fake, (struct fake_answer){ .data = "{\"services\":[{\"name\":\"dns\","
							      "\"id\":1,\"flows\":{"
							      "\"entries\":65536,\"hits\":7,"
							      "\"misses\":3,\"moved\":0}}]}" });
	o = steer(fake->path, "service", "show", "dns", NULL);
	assert_int_equal(o.exit, CLI_OK);
	assert_non_null(strstr(o.out, "65536 entries, 7 hits, 3 misses, 0 moved\n"));
	outcome_clear(&o);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_daemon_setup, fake_daemon_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_service_show_lists_all),
		TEST(test_service_show_tells_all_of_one),
		TEST(test_service_show_tells_of_a_flow_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
