// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cleanup.h"
#include "fake_daemon.h"

#define STATUS(admin, isolated, degraded, attached, error)                                       \
	"{\"node\":\"n1\",\"cluster\":\"edge\",\"version\":\"v1\",\"generation\":3,\"admin\":"   \
	"\"" admin "\",\"isolated\":" isolated ",\"degraded\":" degraded                         \
	",\"program\":{\"id\":12,\"tag\":\"0123456789abcdef\",\"interface\":\"eth0\","           \
	"\"mode\":\"native\",\"dispatcher\":true,\"attached\":" attached ",\"adopted\":true},"   \
	"\"nodes\":{\"total\":4,\"live\":3},\"pools\":[{\"name\":\"web\",\"members\":4,"         \
	"\"serving\":3,\"active\":null,\"panic\":false},{\"name\":\"db\",\"members\":2,"         \
	"\"serving\":1,\"active\":\"n2\",\"panic\":false}],\"services\":2,\"config\":{\"path\":" \
	"\"/etc/steer.yaml\","                                                                   \
	"\"digest\":\"00000000000000ff\",\"loaded_ago_s\":12.5,\"error\":" error                 \
	"},\"uptime_s\":93.1}"

static void test_status_of_a_healthy_node(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	fake_daemon_start(fake, (struct fake_answer){
					.data = STATUS("active", "false", "[]", "true", "null") });
	o = steer(fake->path, "status", NULL);
	assert_string_equal(o.err, "");
	assert_int_equal(o.exit, CLI_OK);
	assert_string_equal(o.out,
			    "node      n1 of cluster edge, active\n"
			    "daemon    v1, up 1m33s\n"
			    "config    /etc/steer.yaml\n"
			    "          generation 3, digest 00000000000000ff, loaded 12s ago\n"
			    "program   id 12 on eth0, native, in a dispatcher, adopted, tag "
			    "0123456789abcdef\n"
			    "nodes     3 of 4 live\n"
			    "services  2\n"
			    "\n"
			    "POOL  MEMBERS  SERVING  ACTIVE  PANIC\n"
			    "web         4        3\n"
			    "db          2        1  n2\n");
	outcome_clear(&o);
}

static void test_status_of_a_degraded_node(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	fake_daemon_start(fake,
			  (struct fake_answer){ .data = STATUS("draining", "true",
							       "[\"node n3: down\",\"isolated\"]",
							       "false", "\"x.yaml:1:1: no\"") });
	o = steer(fake->path, "status", NULL);
	assert_int_equal(o.exit, CLI_DEGRADED);
	assert_non_null(strstr(o.out, "n1 of cluster edge, draining, isolated: most peers"));
	assert_non_null(strstr(o.out, "refused   x.yaml:1:1: no\n"));
	assert_non_null(strstr(o.out, "program   NOT ATTACHED, was id 12 on eth0"));
	assert_non_null(strstr(o.out, "degraded  node n3: down\n          isolated\n"));
	outcome_clear(&o);
}

/* The answer with a key more. */
static void expect_probing(struct fake_daemon *fake, const char *liveness, const char *expected)
{
	struct outcome o;
	char data[2048];

	snprintf(data, sizeof(data), "{\"liveness\":%s,%s", liveness,
		 &STATUS("active", "false", "[]", "true", "null")[1]);
	fake_daemon_start(fake, (struct fake_answer){ .data = data });
	o = steer(fake->path, "status", NULL);
	assert_non_null(strstr(o.out, expected));
	outcome_clear(&o);
}

static void test_status_tells_of_probes(void **state)
{
	expect_probing(*state,
		       "{\"interval_ms\":10,\"multiplier\":3,\"realtime\":true,"
		       "\"memory_locked\":true,\"rejected\":{\"short\":0,\"tag\":0}}",
		       "\nprobes    every 10 ms, down after 3\nservices");
}

static void test_status_tells_what_is_wrong_with_probes(void **state)
{
	expect_probing(*state,
		       "{\"interval_ms\":3,\"multiplier\":5,\"realtime\":false,"
		       "\"memory_locked\":false,"
		       "\"rejected\":{\"short\":0,\"tag\":12,\"replay\":3}}",
		       "\nprobes    every 3 ms, down after 5, NO REAL-TIME PRIORITY, "
		       "MEMORY NOT LOCKED\n"
		       "          answers rejected: 12 tag, 3 replay\nservices");
}

static void test_status_in_json_is_what_the_daemon_says(void **state)
{
	struct fake_daemon *fake = *state;
	_cleanup_(cleanup_json) json_t *plain = NULL, *pretty = NULL, *expected = NULL;
	struct outcome j, p;

	fake_daemon_start(fake, (struct fake_answer){
					.data = STATUS("active", "false", "[]", "true", "null") });
	j = steer(fake->path, "-j", "status", NULL);
	p = steer(fake->path, "-p", "status", NULL);
	plain = json_loads(j.out, 0, NULL);
	pretty = json_loads(p.out, 0, NULL);
	expected = json_loads(STATUS("active", "false", "[]", "true", "null"), 0, NULL);
	json_object_set_new(expected, "schema", json_integer(1));
	assert_true(json_equal(plain, expected));
	assert_true(json_equal(pretty, expected));
	assert_ptr_equal(strchr(j.out, '\n'), j.out + strlen(j.out) - 1);
	assert_ptr_equal(strstr(p.out, "{\n  \"schema\": 1,\n"), p.out);
	outcome_clear(&j);
	outcome_clear(&p);
}

static void test_status_takes_the_teeth_out_of_reasons(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	fake_daemon_start(fake,
			  (struct fake_answer){
				  .data = "{\"liveness\":{\"rejected\":{\"a\\u001b[2J\":7}}}" });
	o = steer(fake->path, "status", NULL);
	assert_non_null(strstr(o.out, "answers rejected: 7 a?[2J\n"));
	outcome_clear(&o);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_daemon_setup, fake_daemon_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_status_of_a_healthy_node),
		TEST(test_status_of_a_degraded_node),
		TEST(test_status_tells_of_probes),
		TEST(test_status_tells_what_is_wrong_with_probes),
		TEST(test_status_takes_the_teeth_out_of_reasons),
		TEST(test_status_in_json_is_what_the_daemon_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
