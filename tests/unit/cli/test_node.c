// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cleanup.h"
#include "fake_daemon.h"

#define N1                                                                                      \
	"{\"name\":\"n1\",\"id\":1,\"self\":true,\"address\":\"192.0.2.11\",\"address6\":null," \
	"\"liveness\":\"self\",\"since_s\":1.5,\"rtt_us\":null,\"admin\":\"active\","           \
	"\"config\":\"same\",\"forward\":\"l2\",\"mac\":null,"                                  \
	"\"sent\":{\"packets\":0,\"bytes\":0},\"dropped\":{\"packets\":0,\"bytes\":0}}"
#define N2                                                                                        \
	"{\"name\":\"n2\",\"id\":2,\"self\":false,\"address\":null,\"address6\":\"2001:db8::2\"," \
	"\"liveness\":\"down\",\"since_s\":200,\"rtt_us\":52.1,\"admin\":\"maintenance\","        \
	"\"config\":\"differs\",\"differs_s\":12.5,\"generation\":7,"                             \
	"\"tables\":\"0123456789abcdef\",\"forward\":\"gue\",\"mac\":\"02:00:00:00:00:02\","      \
	"\"sent\":{\"packets\":1234567,\"bytes\":98765432},"                                      \
	"\"dropped\":{\"packets\":3,\"bytes\":180},"                                              \
	"\"probes\":{\"sent\":1000,\"answered\":990,\"unsent\":7,\"rejected\":3,"                 \
	"\"rejected_last\":\"version\",\"unsent_last\":\"Network is unreachable\"}}"

static void test_node_show_lists_all(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	fake_daemon_start(fake, (struct fake_answer){ .data = "{\"nodes\":[" N1 "," N2 "]}" });
	o = steer(fake->path, "node", NULL);
	assert_int_equal(o.exit, CLI_OK);
	assert_string_equal(
		o.out,
		"NODE  ADDRESS      LIVE    FOR     RTT  ADMIN        CONFIG   FORWARD     SENT\n"
		"n1    192.0.2.11   self   1.5s       -  active       same     l2             0\n"
		"n2    2001:db8::2  down  3m20s  52.1us  maintenance  differs  gue      1234567\n");
	outcome_clear(&o);
}

static void test_node_show_tells_all_of_one(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	fake_daemon_start(fake, (struct fake_answer){ .data = "{\"nodes\":[" N2 "]}" });
	o = steer(fake->path, "node", "show", "n2", NULL);
	assert_int_equal(o.exit, CLI_OK);
	assert_string_equal(o.out,
			    "node        n2\n"
			    "id          2\n"
			    "address6    2001:db8::2\n"
			    "live        down\n"
			    "for         3m20s\n"
			    "rtt         52.1us\n"
			    "probes      1000 sent, 990 answered, 3 answers rejected, the last "
			    "for its version, cannot be sent: Network is unreachable\n"
			    "admin       maintenance\n"
			    "config      differs\n"
			    "differs     12s\n"
			    "generation  7\n"
			    "tables      0123456789abcdef\n"
			    "forward     gue\n"
			    "mac         02:00:00:00:00:02\n"
			    "sent        1234567 packets, 98.8 MB\n"
			    "dropped     3 packets, 180 B\n");
	outcome_clear(&o);
}

static void test_node_drain_confirms(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome text, json;

	fake_daemon_start(
		fake, (struct fake_answer){ .message = "node n1: draining",
					    .data = "{\"node\":\"n1\",\"admin\":\"draining\"}" });
	text = steer(fake->path, "node", "drain", NULL);
	json = steer(fake->path, "node", "drain", "-j", NULL);
	assert_int_equal(text.exit, CLI_OK);
	assert_string_equal(text.out, "node n1: draining\n");
	assert_string_equal(json.out, "{\"schema\":1,\"node\":\"n1\",\"admin\":\"draining\"}\n");
	outcome_clear(&text);
	outcome_clear(&json);
}

static void test_node_drain_names_who_does_not_act_on_it(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	fake_daemon_start(fake, (struct fake_answer){ .data = "{\"node\":\"n1\",\"admin\":"
							      "\"draining\",\"waiting_for\":"
							      "[\"n2\",\"n3\"]}" });
	o = steer(fake->path, "node", "drain", "--wait=0.3", NULL);
	assert_int_equal(o.exit, CLI_FAILED);
	assert_string_equal(o.out, "node n1: draining\n");
	assert_string_equal(o.err, "steer: node n1: draining, but these live nodes do not act on "
				   "it after 0.3 s: n2, n3; does steerd run there?\n");
	outcome_clear(&o);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_daemon_setup, fake_daemon_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_node_show_lists_all),
		TEST(test_node_show_tells_all_of_one),
		TEST(test_node_drain_confirms),
		TEST(test_node_drain_names_who_does_not_act_on_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
