// SPDX-License-Identifier: GPL-2.0
#include "events/event.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "sample.h"

static void assert_same_text(const char *a, const char *b)
{
	if (a && b)
		assert_string_equal(a, b);
	else
		assert_ptr_equal(a, b);
}

static void test_event_as_json(void **state)
{
	static const char expected[] =
		"{\"sequence\":7,\"time_us\":1764000000123456,\"kind\":\"liveness\","
		"\"severity\":\"warning\",\"alarm\":true,\"scope\":\"node\",\"node\":\"n3\","
		"\"pool\":null,\"old\":\"up\",\"new\":\"down\",\"cause\":\"no answer to 3 "
		"probes\",\"detection_ms\":30.9,\"generation\":2}";
	struct event event = sample_event(7);
	_cleanup_(cleanup_json) json_t *json = event_to_json(&event);
	_cleanup_(cleanup_free) char *text =
		json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(12));

	(void)state;
	assert_string_equal(text, expected);
}

static void test_event_json_and_back(void **state)
{
	struct event events[] = { sample_event(1), sample_event(2) };

	(void)state;
	events[1].node = events[1].old = events[1].cause = NULL;
	events[1].pool = "web";
	events[1].detection_us = 0;
	for (size_t i = 0; i < 2; i++) {
		for (int kind = 0; kind < EVENT_KIND_COUNT; kind++) {
			_cleanup_(cleanup_json) json_t *json = NULL;
			_cleanup_(cleanup_free) struct event *back = NULL;

			events[i].kind = kind;
			events[i].scope = kind % EVENT_SCOPE_COUNT;
			events[i].severity = kind % EVENT_SEVERITY_COUNT;
			json = event_to_json(&events[i]);
			back = event_from_json(json);
			assert_non_null(back);
			assert_int_equal(back->sequence, events[i].sequence);
			assert_int_equal(back->time_us, events[i].time_us);
			assert_int_equal(back->kind, kind);
			assert_int_equal(back->scope, events[i].scope);
			assert_int_equal(back->severity, events[i].severity);
			assert_int_equal(back->detection_us, events[i].detection_us);
			assert_int_equal(back->generation, events[i].generation);
			assert_same_text(back->node, events[i].node);
			assert_same_text(back->pool, events[i].pool);
			assert_same_text(back->old, events[i].old);
			assert_same_text(back->new, events[i].new);
			assert_same_text(back->cause, events[i].cause);
		}
	}
}

static void test_event_from_what_is_none(void **state)
{
	static const char *const texts[] = {
		"[]",
		"{}",
		"\"liveness\"",
		/* a kind, a severity, a scope nobody knows; no number; a number that is text */
		"{\"sequence\":1,\"time_us\":1,\"kind\":\"x\",\"severity\":\"info\","
		"\"scope\":\"node\",\"generation\":1}",
		"{\"sequence\":1,\"time_us\":1,\"kind\":\"admin\",\"severity\":\"x\","
		"\"scope\":\"node\",\"generation\":1}",
		"{\"sequence\":1,\"time_us\":1,\"kind\":\"admin\",\"severity\":\"info\","
		"\"scope\":\"x\",\"generation\":1}",
		"{\"sequence\":0,\"time_us\":1,\"kind\":\"admin\",\"severity\":\"info\","
		"\"scope\":\"node\",\"generation\":1}",
		/* no number comes after it */
		"{\"sequence\":9223372036854775807,\"time_us\":1,\"kind\":\"admin\","
		"\"severity\":\"info\",\"scope\":\"node\",\"generation\":1}",
		"{\"sequence\":\"1\",\"time_us\":1,\"kind\":\"admin\",\"severity\":\"info\","
		"\"scope\":\"node\",\"generation\":1}",
	};
	static const char least[] =
		"{\"sequence\":1,\"time_us\":1,\"kind\":\"admin\",\"severity\":\"info\","
		"\"scope\":\"node\",\"generation\":1,\"later\":{},\"node\":7,"
		"\"detection_ms\":\"soon\"}";
	_cleanup_(cleanup_json) json_t *json = json_loads(least, 0, NULL);
	_cleanup_(cleanup_free) struct event *event = event_from_json(json);

	(void)state;
	assert_non_null(event);
	assert_null(event->node);
	assert_int_equal(event->detection_us, 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		_cleanup_(cleanup_json) json_t *wrong = json_loads(texts[i], JSON_DECODE_ANY, NULL);

		assert_non_null(wrong);
		assert_null(event_from_json(wrong));
	}
	assert_null(event_from_json(NULL));
}

/* What a checked server sends must neither break the file nor the log. */
static void test_event_copy_is_printable(void **state)
{
	static const struct {
		const char *cause, *copied;
	} cases[] = {
		{ "a\nb\tc\x1b[0m\x7f", "a?b?c?[0m?" },
		{ "→ is fine", "→ is fine" },
		{ "\xff\xfe cut", "?? cut" },
		{ "C1 \xc2\x9b[m", "C1 ??[m" },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct event event = sample_event(1);
		_cleanup_(cleanup_free) struct event *copy = NULL;
		_cleanup_(cleanup_json) json_t *json = NULL;

		event.cause = cases[i].cause;
		copy = event_copy(&event);
		assert_same_text(copy->cause, cases[i].copied);
		json = event_to_json(copy);
		assert_non_null(json);
	}
}

static void test_event_copy_cuts_between_characters(void **state)
{
	struct event event = sample_event(1);
	_cleanup_(cleanup_free) struct event *copy = NULL;
	char cause[1000] = "x", node[200];
	size_t length;

	(void)state;
	for (size_t i = 1; i + 3 < sizeof(cause); i += 3)
		strcpy(cause + i, "→");
	memset(node, 'n', sizeof(node) - 1);
	node[sizeof(node) - 1] = '\0';
	event.cause = cause;
	event.node = node;
	copy = event_copy(&event);
	length = strlen(copy->cause);
	assert_in_range(length, EVENT_CAUSE_MAX - 4, EVENT_CAUSE_MAX - 1);
	assert_memory_equal(copy->cause, cause, length);
	assert_int_equal(length % 3, 1);
	assert_int_equal(strlen(copy->node), 63);
}

static void test_event_as_text(void **state)
{
	struct event event = sample_event(1);
	char text[EVENT_TEXT_MAX];

	(void)state;
	assert_string_equal(event_text(&event, text),
			    "node n3: liveness up → down: no answer to 3 probes, detected in "
			    "30.9 ms");
	event.kind = EVENT_MEMBER;
	event.pool = "web";
	event.detection_us = 0;
	event.cause = NULL;
	assert_string_equal(event_text(&event, text), "pool web: node n3: member up → down");
	event.node = event.old = NULL;
	assert_string_equal(event_text(&event, text), "pool web: member down");
}

static void test_event_longest_fits(void **state)
{
	struct event event = sample_event(UINT64_MAX / 2);
	_cleanup_(cleanup_free) struct event *copy = NULL;
	_cleanup_(cleanup_json) json_t *json = NULL;
	char quotes[2000], text[EVENT_TEXT_MAX];

	(void)state;
	memset(quotes, '"', sizeof(quotes) - 1);
	quotes[sizeof(quotes) - 1] = '\0';
	event.node = event.pool = event.old = event.new = event.cause = quotes;
	copy = event_copy(&event);
	json = event_to_json(copy);
	assert_in_range(json_dumpb(json, NULL, 0, JSON_COMPACT), 1, EVENT_LINE_MAX);
	assert_in_range(strlen(event_text(copy, text)), 700, EVENT_TEXT_MAX - 1);
}

static void test_event_words_are_distinct(void **state)
{
	enum event_scope scope = EVENT_SCOPE_NODE;

	(void)state;
	for (int i = 0; i < EVENT_KIND_COUNT; i++) {
		assert_int_equal(strlen(event_kind_id(i)), 32);
		for (int k = 0; k < i; k++) {
			assert_string_not_equal(event_kind_word(i), event_kind_word(k));
			assert_string_not_equal(event_kind_id(i), event_kind_id(k));
		}
	}
	assert_int_equal(event_scope_parse("systemic", &scope), 0);
	assert_int_equal(scope, EVENT_SCOPE_SYSTEMIC);
	assert_int_equal(event_scope_parse("cluster", &scope), -EINVAL);
	assert_int_equal(scope, EVENT_SCOPE_SYSTEMIC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_event_as_json),
		cmocka_unit_test(test_event_json_and_back),
		cmocka_unit_test(test_event_from_what_is_none),
		cmocka_unit_test(test_event_copy_is_printable),
		cmocka_unit_test(test_event_copy_cuts_between_characters),
		cmocka_unit_test(test_event_as_text),
		cmocka_unit_test(test_event_longest_fits),
		cmocka_unit_test(test_event_words_are_distinct),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
