// SPDX-License-Identifier: GPL-2.0
#include "health/substring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static bool occurs(const char *text, const char *stream, size_t piece)
{
	struct substring substring;
	size_t length = strlen(stream), at;

	substring_begin(&substring, text);
	for (at = 0; at < length; at += piece)
		substring_feed(&substring, stream + at, length - at < piece ? length - at : piece);
	return substring.found;
}

static void test_substring_is_found_across_pieces(void **state)
{
	static const struct {
		const char *text, *stream;
		bool occurs;
	} cases[] = {
		{ "ok", "", false },
		{ "ok", "ok", true },
		{ "ok", "ko", false },
		{ "ok", "o k", false },
		{ "ok", "oook", true },
		{ "aab", "aaaaab", true },
		{ "abcabd", "abcabcabd", true },
		{ "abababc", "ababababc", true },
		{ "aaaa", "aaabaaabaaa", false },
		{ "x", "aaax", true },
		{ "OK", "ok", false },
		{ ".*", "ok", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (size_t piece = 1; piece < 12; piece++)
			assert_int_equal(occurs(cases[i].text, cases[i].stream, piece),
					 cases[i].occurs);
}

/* Against strstr(), over all streams of two letters. */
static void test_substring_agrees_with_strstr(void **state)
{
	(void)state;
	for (unsigned int a = 0; a < 1 << 5; a++) {
		for (unsigned int b = 0; b < 1 << 11; b++) {
			char text[6] = "", stream[12] = "";

			for (int i = 0; i < 5; i++)
				text[i] = a >> i & 1 ? 'b' : 'a';
			for (int i = 0; i < 11; i++)
				stream[i] = b >> i & 1 ? 'b' : 'a';
			assert_int_equal(occurs(text, stream, 3), strstr(stream, text) != NULL);
		}
	}
}

static void test_substring_takes_zeros_and_the_longest_text(void **state)
{
	char text[SUBSTRING_MAX + 1], stream[SUBSTRING_MAX] = {};
	struct substring substring;

	(void)state;
	memset(text, 'a', SUBSTRING_MAX);
	text[SUBSTRING_MAX] = '\0';
	substring_begin(&substring, text);
	assert_false(substring_feed(&substring, text, SUBSTRING_MAX - 1));
	assert_false(substring_feed(&substring, stream, sizeof(stream)));
	assert_false(substring_feed(&substring, text, SUBSTRING_MAX - 1));
	assert_true(substring_feed(&substring, "a", 1));
	/* Once found, whatever follows. */
	assert_true(substring_feed(&substring, stream, sizeof(stream)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_substring_is_found_across_pieces),
		cmocka_unit_test(test_substring_agrees_with_strstr),
		cmocka_unit_test(test_substring_takes_zeros_and_the_longest_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
