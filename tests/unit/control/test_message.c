// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "control/message.h"

static void test_message_request_survives_the_way(void **state)
{
	_cleanup_(cleanup_json) json_t *arguments = json_pack("{s:s}", "node", "n\n1 \"ä\"");
	_cleanup_(control_request_clear) struct control_request request = {};
	_cleanup_(cleanup_free) char *line = NULL;
	char reason[CONTROL_MESSAGE_MAX];

	(void)state;
	assert_int_equal(control_request_format("node.drain", arguments, &line), 0);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	assert_int_equal(control_request_parse(line, strlen(line) - 1, &request, reason), 0);
	assert_string_equal(request.command, "node.drain");
	assert_true(json_equal(request.arguments, arguments));
}

static void test_message_request_without_arguments_has_empty_ones(void **state)
{
	_cleanup_(control_request_clear) struct control_request request = {};
	const char *line = "{\"schema\":1,\"command\":\"status\"}\r";
	char reason[CONTROL_MESSAGE_MAX];

	(void)state;
	assert_int_equal(control_request_parse(line, strlen(line), &request, reason), 0);
	assert_true(json_is_object(request.arguments));
	assert_int_equal(json_object_size(request.arguments), 0);
}

static void test_message_request_refuses(void **state)
{
#define REFUSED(line, reason)                  \
	{                                      \
		line, sizeof(line) - 1, reason \
	}
	static const struct {
		const char *line;
		size_t length;
		const char *reason;
	} cases[] = {
		REFUSED("", "not a JSON object"),
		REFUSED("GET / HTTP/1.1", "not a JSON object"),
		REFUSED("[1]", "not a JSON object"),
		REFUSED("{\"schema\":1,", "not a JSON object"),
		REFUSED("{\"schema\":1,\"command\":\"a\"} {}", "not a JSON object"),
		REFUSED("{\"schema\":1,\"schema\":1,\"command\":\"a\"}", "not a JSON object"),
		REFUSED("\xff\xfe\x00{", "not a JSON object"),
		REFUSED("{\"schema\":1,\"command\":\"\\u0000\"}", "not a JSON object"),
		REFUSED("{\"command\":\"a\"}", "\"schema\""),
		REFUSED("{\"schema\":\"1\",\"command\":\"a\"}", "\"schema\""),
		REFUSED("{\"schema\":2,\"command\":\"a\"}", "\"schema\""),
		REFUSED("{\"schema\":4294967297,\"command\":\"a\"}", "\"schema\""),
		REFUSED("{\"schema\":1}", "\"command\""),
		REFUSED("{\"schema\":1,\"command\":7}", "\"command\""),
		REFUSED("{\"schema\":1,\"command\":\"a\",\"arguments\":[]}", "\"arguments\""),
		REFUSED("{\"schema\":1,\"command\":\"a\",\"arguments\":null}", "\"arguments\""),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct control_request request = {};
		char reason[CONTROL_MESSAGE_MAX] = "";

		assert_int_equal(
			control_request_parse(cases[i].line, cases[i].length, &request, reason),
			-EBADMSG);
		assert_null(request.root);
		assert_ptr_equal(strstr(reason, cases[i].reason), reason);
	}
}

static void test_message_request_deep_nesting_is_refused(void **state)
{
	_cleanup_(cleanup_free) char *line = malloc(CONTROL_REQUEST_MAX);
	char reason[CONTROL_MESSAGE_MAX] = "";
	struct control_request request = {};

	(void)state;
	memset(line, '[', CONTROL_REQUEST_MAX);
	assert_int_equal(control_request_parse(line, CONTROL_REQUEST_MAX, &request, reason),
			 -EBADMSG);
}

static void test_message_request_too_long_is_not_sent(void **state)
{
	_cleanup_(cleanup_free) char *name = malloc(CONTROL_REQUEST_MAX + 1);
	char *line = NULL;

	(void)state;
	memset(name, 'x', CONTROL_REQUEST_MAX);
	name[CONTROL_REQUEST_MAX] = '\0';
	assert_int_equal(control_request_format(name, NULL, &line), -EMSGSIZE);
	assert_null(line);
}

static void test_message_answer_survives_the_way(void **state)
{
	_cleanup_(cleanup_json) json_t *data =
		json_pack("{s:f, s:I}", "rtt_us", 52.1, "packets", INT64_C(9007199254740993));
	_cleanup_(cleanup_json) json_t *parsed = NULL;
	_cleanup_(cleanup_free) char *line = NULL;
	char message[CONTROL_MESSAGE_MAX];
	int code;

	(void)state;
	assert_int_equal(control_answer_format(5, "degraded", data, &line), 0);
	assert_string_equal(line, "{\"schema\":1,\"code\":5,\"message\":\"degraded\","
				  "\"data\":{\"rtt_us\":52.1,\"packets\":9007199254740993}}\n");
	assert_int_equal(control_answer_parse(line, strlen(line), &code, message, &parsed), 0);
	assert_int_equal(code, 5);
	assert_string_equal(message, "degraded");
	assert_true(json_equal(parsed, data));
}

static void test_message_answer_leaves_out_what_is_empty(void **state)
{
	_cleanup_(cleanup_json) json_t *data = NULL;
	_cleanup_(cleanup_free) char *line = NULL;
	char message[CONTROL_MESSAGE_MAX];
	int code;

	(void)state;
	assert_int_equal(control_answer_format(0, "", NULL, &line), 0);
	assert_string_equal(line, "{\"schema\":1,\"code\":0}\n");
	assert_int_equal(control_answer_parse(line, strlen(line), &code, message, &data), 0);
	assert_string_equal(message, "");
	assert_null(data);
}

static void test_message_answer_cut_inside_a_character_is_mended(void **state)
{
	_cleanup_(cleanup_free) char *line = NULL, *bad = NULL;

	(void)state;
	assert_int_equal(control_answer_format(1, "caf\xc3", NULL, &line), 0);
	assert_string_equal(line, "{\"schema\":1,\"code\":1,\"message\":\"caf\"}\n");
	assert_int_equal(control_answer_format(1, "\xff in front", NULL, &bad), 0);
	assert_non_null(strstr(bad, "not UTF-8"));
}

static void test_message_answer_too_long_says_so(void **state)
{
	_cleanup_(cleanup_free) char *text = malloc(CONTROL_ANSWER_MAX + 1), *line = NULL;
	_cleanup_(cleanup_json) json_t *data = NULL, *parsed = NULL;
	char message[CONTROL_MESSAGE_MAX];
	int code;

	(void)state;
	memset(text, 'x', CONTROL_ANSWER_MAX);
	text[CONTROL_ANSWER_MAX] = '\0';
	data = json_pack("{s:s}", "text", text);
	assert_int_equal(control_answer_format(0, "", data, &line), 0);
	assert_int_equal(control_answer_parse(line, strlen(line), &code, message, &parsed), 0);
	assert_int_equal(code, 1);
	assert_non_null(strstr(message, "too long"));
}

static void test_message_answer_refuses(void **state)
{
	static const char *const cases[] = {
		"",
		"hello\n",
		"[]\n",
		"{}\n",
		"{\"schema\":2,\"code\":0}\n",
		"{\"schema\":1}\n",
		"{\"schema\":1,\"code\":\"0\"}\n",
		"{\"schema\":1,\"code\":0,\"data\":[]}\n",
		"{\"schema\":1,\"code\":0,\"message\":3}\n",
	};
	char message[CONTROL_MESSAGE_MAX] = "untouched";
	json_t *data = NULL;
	int code = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (control_answer_parse(cases[i], strlen(cases[i]), &code, message, &data) !=
		    -EPROTO)
			fail_msg("accepted: %s", cases[i]);
	}
	assert_int_equal(code, 42);
	assert_string_equal(message, "untouched");
	assert_null(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_message_request_survives_the_way),
		cmocka_unit_test(test_message_request_without_arguments_has_empty_ones),
		cmocka_unit_test(test_message_request_refuses),
		cmocka_unit_test(test_message_request_deep_nesting_is_refused),
		cmocka_unit_test(test_message_request_too_long_is_not_sent),
		cmocka_unit_test(test_message_answer_survives_the_way),
		cmocka_unit_test(test_message_answer_leaves_out_what_is_empty),
		cmocka_unit_test(test_message_answer_cut_inside_a_character_is_mended),
		cmocka_unit_test(test_message_answer_too_long_says_so),
		cmocka_unit_test(test_message_answer_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
