// SPDX-License-Identifier: GPL-2.0
#include "daemon/commands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench.h"
#include "cleanup.h"

/* Ask with arguments of JSON. @ret_answer: may be NULL */
static int ask(struct bench *bench, const char *command, const char *text, bool may_wait,
	       json_t **ret_answer, char ret_message[512])
{
	_cleanup_(cleanup_json) json_t *arguments = json_loads(text, 0, NULL);
	_cleanup_(cleanup_json) json_t *answer = NULL;
	const struct control_peer peer = { .may_wait = may_wait };
	int code;

	assert_non_null(arguments);
	ret_message[0] = '\0';
	code = commands_handle(bench->daemon, &peer, command, arguments, &answer, ret_message);
	if (ret_answer)
		*ret_answer = json_incref(answer);
	return code;
}

static void drain(struct bench *bench, size_t node)
{
	const char *name = bench->config->nodes[node].name;
	const struct event event = { .kind = EVENT_ADMIN,
				     .node = name,
				     .old = "active",
				     .new = "draining",
				     .cause = "it says so" };

	journal_event(bench->daemon, &event);
}

static void test_commands_events_by_arguments(void **state)
{
	static const struct {
		const char *arguments;
		size_t n;
	} cases[] = {
		{ "{}", 3 },
		{ "{\"since\":null,\"limit\":null,\"node\":null,\"scope\":null}", 3 },
		{ "{\"limit\":2}", 2 },
		{ "{\"limit\":9999999999}", 3 },
		{ "{\"since\":0}", 3 },
		{ "{\"since\":2}", 1 },
		{ "{\"node\":\"n3\"}", 2 },
		{ "{\"node\":\"n4\"}", 0 },
		{ "{\"pool\":\"web\"}", 0 },
		{ "{\"scope\":\"node\"}", 3 },
		{ "{\"scope\":\"systemic\"}", 0 },
	};
	struct bench *bench = *state;
	char message[512];

	drain(bench, 1);
	drain(bench, 2);
	drain(bench, 2);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(cleanup_json) json_t *answer = NULL;

		if (ask(bench, "events", cases[i].arguments, false, &answer, message))
			fail_msg("%s: %s", cases[i].arguments, message);
		assert_int_equal(json_array_size(json_object_get(answer, "events")), cases[i].n);
	}
}

static void test_commands_events_wrong_arguments(void **state)
{
	static const struct {
		const char *arguments, *message;
	} cases[] = {
		{ "{\"since\":\"1\"}", "argument since: give a number from 0 on" },
		{ "{\"since\":-1}", "argument since: give a number from 0 on" },
		{ "{\"limit\":1.5}", "argument limit: give a number from 0 on" },
		{ "{\"scope\":\"systemc\"}",
		  "scope systemc: there is none; did you mean \"systemic\"?" },
		{ "{\"scope\":7}", "scope : there is none; known: node, service, systemic" },
		{ "{\"node\":\"n5\"}", "node n5: not in the configuration; " },
		{ "{\"pool\":\"wed\"}",
		  "pool wed: not in the configuration; did you mean \"web\"?" },
	};
	struct bench *bench = *state;
	char message[512];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(ask(bench, "events", cases[i].arguments, true, NULL, message), 1);
		if (strncmp(message, cases[i].message, strlen(cases[i].message)))
			fail_msg("not \"%s\" but: %s", cases[i].message, message);
	}
}

static void test_commands_events_wait_for_news_alone(void **state)
{
	struct bench *bench = *state;
	char message[512];

	/* Who does not say what it has seen is answered. */
	assert_int_equal(ask(bench, "events", "{}", true, NULL, message), 0);
	assert_int_equal(ask(bench, "events", "{\"since\":0}", true, NULL, message), CONTROL_LATER);
	assert_int_equal(ask(bench, "events", "{\"since\":0}", false, NULL, message), 0);
	drain(bench, 1);
	assert_int_equal(ask(bench, "events", "{\"since\":0}", true, NULL, message), 0);
	assert_int_equal(ask(bench, "events", "{\"since\":1}", true, NULL, message), CONTROL_LATER);
	/* A number that is still to come was given by another daemon. */
	assert_int_equal(ask(bench, "events", "{\"since\":2}", true, NULL, message), 0);
	/* Of a node that has gone since, there just is nothing. */
	assert_int_equal(ask(bench, "events", "{\"since\":1,\"node\":\"n5\"}", true, NULL, message),
			 CONTROL_LATER);
}

/* As a member of no group but 1001; whoever that is may look. */
static void test_commands_that_operate_are_for_operators(void **state)
{
	static const char *const operating[] = { "node.drain", "node.activate", "pool.handover" };
	const struct control_peer peer = { .uid = 1000, .gid = 1001, .fd = -1 };
	_cleanup_(cleanup_json) json_t *arguments = json_object();
	struct bench *bench = *state;
	struct daemon_options *options = &bench->daemon->options;
	_cleanup_(cleanup_json) json_t *answer = NULL;
	char message[512] = "";

	options->operators = "operators";
	options->operators_gid = 1002;
	for (size_t i = 0; i < sizeof(operating) / sizeof(operating[0]); i++) {
		assert_int_equal(commands_handle(bench->daemon, &peer, operating[i], arguments,
						 &answer, message),
				 1);
		assert_non_null(strstr(message, operating[i]));
		assert_non_null(strstr(message,
				       ": permission denied; it is for root and the members "
				       "of the group operators"));
	}
	assert_int_equal(state_admin(bench->daemon->state, 1), STEER_ADMIN_ACTIVE);
	assert_int_equal(
		commands_handle(bench->daemon, &peer, "events", arguments, &answer, message), 0);
	/* Now it is a member: the arguments are looked at. */
	options->operators_gid = 1001;
	assert_int_equal(
		commands_handle(bench->daemon, &peer, "pool.handover", arguments, &answer, message),
		1);
	assert_string_equal(message, "argument pool: missing; give a name as a string");
	/* Root need not be. */
	options->operators_gid = 1002;
	assert_int_equal(ask(bench, "pool.handover", "{}", false, NULL, message), 1);
	assert_string_equal(message, "argument pool: missing; give a name as a string");
}

static void test_commands_unknown(void **state)
{
	char message[512];

	assert_int_equal(ask(*state, "event", "{}", false, NULL, message), 1);
	assert_non_null(strstr(message, "command event: unknown to steerd"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_commands_events_by_arguments),
		TEST(test_commands_events_wrong_arguments),
		TEST(test_commands_events_wait_for_news_alone),
		TEST(test_commands_that_operate_are_for_operators),
		TEST(test_commands_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
