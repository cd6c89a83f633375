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

static void test_pool_show_active_passive(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	fake_daemon_start(
		fake,
		(struct fake_answer){
			.data = "{\"pools\":[{\"name\":\"db\",\"id\":0,\"mode\":\"active-passive\","
				"\"active\":{\"node\":\"n2\",\"preempt\":false,\"term\":7},"
				"\"panic\":false,\"table\":{\"rows\":65536,\"digest\":\"0f\"},"
				"\"members\":[{\"node\":\"n1\",\"weight\":100,\"rows\":65536,"
				"\"state\":\"ready\",\"ready_s\":200.5,\"detail\":\"\"},"
				"{\"node\":\"n2\",\"weight\":100,\"rows\":0,\"state\":\"serving\","
				"\"ready_s\":3.04,\"detail\":\"\"},"
				"{\"node\":\"n3\",\"weight\":100,\"rows\":0,\"state\":"
				"\"unhealthy\",\"ready_s\":null,\"detail\":\"\"}]},"
				"{\"name\":\"pre\",\"id\":0,\"mode\":\"active-passive\","
				"\"active\":{\"node\":\"n1\",\"preempt\":true,\"term\":null},"
				"\"panic\":false,\"table\":{\"rows\":65536,\"digest\":\"1f\"},"
				"\"members\":[]}]}" });
	o = steer(fake->path, "pool", "show", NULL);
	assert_int_equal(o.exit, CLI_OK);
	assert_string_equal(o.out, "pool db: active-passive without preempt, n2 active since term "
				   "7, table of 65536 rows, digest 0f\n"
				   "  NODE  WEIGHT   ROWS  STATE                    DETAIL\n"
				   "  n1       100  65536  ready, ready for 3m20s\n"
				   "  n2       100      0  serving, ready for 3.0s\n"
				   "  n3       100      0  unhealthy\n"
				   "\n"
				   "pool pre: active-passive, table of 65536 rows, digest 1f\n"
				   "  no members\n");
	outcome_clear(&o);
}

/* n2 is ready, n3 the active one already; n4 and n5 follow if wait is asked for, and n4 only once.
 */
static int handover_handler(void *context, const struct control_peer *peer, const char *command,
			    const json_t *arguments, json_t **ret_data, char ret_message[512])
{
	const char *node = json_string_value(json_object_get(arguments, "node"));
	const bool check = json_is_true(json_object_get(arguments, "check"));
	const bool wait = json_integer_value(json_object_get(arguments, "wait_ms")) > 0;
	const bool already = !strcmp(node, "n3");

	(void)context;
	(void)peer;
	if (strcmp(command, "pool.handover") != 0 || !strcmp(node, "n1")) {
		snprintf(ret_message, 512, "pool db: node n1 is not ready");
		return CLI_FAILED;
	}
	*ret_data = json_pack("{s:s, s:s, s:s, s:i, s:o, s:b, s:o}", "pool", "db", "node", node,
			      "from", "n9", "term", 4, "ready_s",
			      strcmp(node, "n4") ? json_real(61) : json_null(), "moved",
			      already || !check, "waiting_for",
			      wait && strcmp(node, "n4") ? json_array() : json_pack("[s]", "n5"));
	return CLI_OK;
}

static void test_pool_handover(void **state)
{
	static const struct {
		const char *node;
		int exit;
		const char *out, *err;
	} cases[] = {
		{ "n2", CLI_OK,
		  "verified: node n2 has been ready for 1m01s\nmoved: n9 → n2 (term 4)\n"
		  "confirmed: all live nodes follow\n",
		  "" },
		{ "n3", CLI_OK,
		  "verified: node n3 is already the active member\nconfirmed: all live nodes "
		  "follow\n",
		  "" },
		{ "n4", CLI_FAILED,
		  "verified: node n4 is not ready, but no other member is either\n"
		  "moved: n9 → n4 (term 4)\n",
		  "steer: pool db: node n4 is the active member here, but these live nodes do "
		  "not follow after 0.3 s: n5; does steerd run there, with the same pools?\n" },
		{ "n1", CLI_FAILED, "", "steer: pool db: node n1 is not ready\n" },
	};
	struct fake_daemon *fake = *state;

	fake_daemon_start(fake, (struct fake_answer){ .handler = handover_handler });
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct outcome o = steer(fake->path, "pool", "handover", "db", cases[i].node,
					 "--wait=0.3", NULL);

		assert_string_equal(o.err, cases[i].err);
		assert_string_equal(o.out, cases[i].out);
		assert_int_equal(o.exit, cases[i].exit);
		outcome_clear(&o);
	}
}

static void test_pool_handover_in_json_is_a_line_per_step(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	fake_daemon_start(fake, (struct fake_answer){ .handler = handover_handler });
	o = steer(fake->path, "-j", "pool", "handover", "db", "n2", NULL);
	assert_int_equal(o.exit, CLI_OK);
	assert_non_null(strstr(o.out, "\"step\":\"verify\""));
	assert_non_null(strstr(o.out, "\"step\":\"move\""));
	assert_non_null(strstr(o.out, "\"step\":\"confirm\""));
	outcome_clear(&o);
}

static void test_pool_handover_wants_a_pool_and_a_node(void **state)
{
	struct outcome o = steer(NULL, "pool", "handover", "db", NULL);

	(void)state;
	assert_int_equal(o.exit, CLI_USAGE);
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
		TEST(test_pool_show_active_passive),
		TEST(test_pool_handover),
		TEST(test_pool_handover_in_json_is_a_line_per_step),
		TEST(test_pool_handover_wants_a_pool_and_a_node),
		TEST(test_pool_show_without_pools),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
