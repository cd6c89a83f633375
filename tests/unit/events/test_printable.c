// SPDX-License-Identifier: GPL-2.0
#include "events/printable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "cleanup.h"

static void test_printable_replaces_what_is_none(void **state)
{
	static const struct {
		const char *text, *clean;
	} cases[] = {
		{ "", "" },
		{ "disk full", "disk full" },
		{ "größer → 2 €, 𝄞", "größer → 2 €, 𝄞" },
		{ "a\tb\nc\r\x1b[31m\x7f", "a?b?c??[31m?" },
		{ "\xc2\x9b[31m", "??[31m" },	/* a control sequence in one character */
		{ "\xff\xfe\x80", "???" },	/* begin nothing */
		{ "\xc3", "?" },		/* cut off */
		{ "\xe2\x82", "??" },		/* … */
		{ "\xf0\x9d\x84x", "???x" },	/* … before something else */
		{ "\xc0\xaf", "??" },		/* longer than needed */
		{ "\xe0\x9f\xbf", "???" },	/* … */
		{ "\xed\xa0\x80", "???" },	/* half a surrogate pair */
		{ "\xf4\x90\x80\x80", "????" }, /* beyond Unicode */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[64];

		strcpy(text, cases[i].text);
		printable_clean(text);
		assert_string_equal(text, cases[i].clean);
	}
}

/* What it is for: JSON takes all that comes out of it. */
static void test_printable_suits_json(void **state)
{
	uint32_t number = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		_cleanup_(cleanup_json) json_t *json = NULL;
		char text[24];

		for (size_t i = 0; i < sizeof(text); i++) {
			number = number * 1664525 + 1013904223;
			/* Mostly bytes that say something about their neighbours. */
			text[i] = (char)(number >> 24 | (number & 0x400000 ? 0x80 : 0));
		}
		text[sizeof(text) - 1] = '\0';
		printable_clean(text);
		json = json_string(text);
		assert_non_null(json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_printable_replaces_what_is_none),
		cmocka_unit_test(test_printable_suits_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
