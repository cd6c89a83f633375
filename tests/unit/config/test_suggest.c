// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

#include "config/suggest.h"

static const char *word(const void *context, size_t i)
{
	const char *const *words = context;

	return words[i];
}

static void test_suggest_distance(void **state)
{
	(void)state;
	assert_int_equal(suggest_distance("", ""), 0);
	assert_int_equal(suggest_distance("", "abc"), 3);
	assert_int_equal(suggest_distance("weight", "weight"), 0);
	assert_int_equal(suggest_distance("wieght", "weight"), 1);
	assert_int_equal(suggest_distance("Weight", "weight"), 0);
	assert_int_equal(suggest_distance("adress", "address"), 1);
	assert_int_equal(suggest_distance("addresss", "address"), 1);
	assert_int_equal(suggest_distance("kitten", "sitting"), 3);
	assert_int_equal(suggest_distance("ca", "abc"), 3);
}

static void test_suggest_text(void **state)
{
	static const char *const words[] = { "name", "address", "address6", NULL };
	static const char *const none[] = { NULL };
	char buffer[SUGGEST_TEXT_MAX];

	(void)state;
	assert_string_equal(suggest_text("nmae", word, words, buffer), "did you mean \"name\"?");
	assert_string_equal(suggest_text("addrss6", word, words, buffer),
			    "did you mean \"address6\"?");
	assert_string_equal(suggest_text("x", word, words, buffer),
			    "known: name, address, address6");
	assert_string_equal(suggest_text("x", word, none, buffer), "none is defined");
}

static const char *long_word(const void *context, size_t i)
{
	(void)context;
	return i < 1000 ? "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
			  "nnn"
			: NULL;
}

static void test_suggest_text_is_bounded(void **state)
{
	char buffer[SUGGEST_TEXT_MAX];

	(void)state;
	suggest_text("x", long_word, NULL, buffer);
	assert_true(strlen(buffer) < sizeof(buffer));
	assert_string_equal(buffer + strlen(buffer) - strlen(" …"), " …");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_suggest_distance),
		cmocka_unit_test(test_suggest_text),
		cmocka_unit_test(test_suggest_text_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
