// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cleanup.h"
#include "cli/format.h"
#include "cli/writer.h"

static const struct view table = {
	.layout = VIEW_TABLE,
	.key = "list",
	.columns =
		(const struct column[]){
			{ "NAME", "name", format_text, false },
			{ "COUNT", "deep.count", format_count, true },
			{ "TEXT", "text", format_text, false },
			{},
		},
	.zero = "deep.count",
	.empty = "nothing",
};

/* Check what the text writer makes of data (JSON). */
static void expect(struct writer writer, const char *data, const struct view *view,
		   const char *expected)
{
	_cleanup_(cleanup_json) json_t *json = json_loads(data, 0, NULL);
	_cleanup_(cleanup_free) char *text = NULL;
	size_t size;

	assert_non_null(json);
	writer.out = open_memstream(&text, &size);
	writer_text(&writer, json, view);
	fclose(writer.out);
	assert_string_equal(text, expected);
}

#define THREE_LINES                                                                      \
	"{\"list\":[{\"name\":\"a\",\"deep\":{\"count\":7},\"text\":\"one two three\"}," \
	"{\"name\":\"über\",\"deep\":{\"count\":1000000},\"text\":\"\"},"               \
	"{\"name\":null,\"deep\":{\"count\":0},\"text\":\"t\"}]}"

static void test_writer_text_aligns_a_table(void **state)
{
	(void)state;
	expect((struct writer){ .all = true }, THREE_LINES, &table,
	       "NAME    COUNT  TEXT\n"
	       "a           7  one two three\n"
	       "über  1000000\n"
	       "-           0  t\n");
}

static void test_writer_text_leaves_out_zero_lines(void **state)
{
	(void)state;
	expect((struct writer){}, THREE_LINES, &table,
	       "NAME    COUNT  TEXT\n"
	       "a           7  one two three\n"
	       "über  1000000\n");
}

static void test_writer_text_says_what_an_empty_table_means(void **state)
{
	(void)state;
	expect((struct writer){}, "{\"list\":[]}", &table, "nothing\n");
	expect((struct writer){}, "{}", &table, "nothing\n");
	expect((struct writer){}, "{\"list\":[{\"deep\":{\"count\":0}}]}", &table, "nothing\n");
}

static void test_writer_text_wraps_the_last_column(void **state)
{
	(void)state;
	/* The text starts at 13 and may be 21 wide. */
	expect((struct writer){ .width = 34 },
	       "{\"list\":[{\"name\":\"name\",\"deep\":{\"count\":1},"
	       "\"text\":\"exactly one and twenty then a_word_longer_than_the_room ends\"}]}",
	       &table,
	       "NAME  COUNT  TEXT\n"
	       "name      1  exactly one and\n"
	       "             twenty then\n"
	       "             a_word_longer_than_the_room\n"
	       "             ends\n");
}

static void test_writer_text_does_not_wrap_where_it_is_no_use(void **state)
{
	(void)state;
	expect((struct writer){ .width = 20 },
	       "{\"list\":[{\"name\":\"name\",\"deep\":{\"count\":1},\"text\":\"a b c d e f g "
	       "h\"}]}",
	       &table,
	       "NAME  COUNT  TEXT\n"
	       "name      1  a b c d e f g h\n");
}

static void test_writer_text_shows_fields_and_what_is_in_them(void **state)
{
	const struct view inner = {
		.layout = VIEW_TABLE,
		.key = "list",
		.columns = (const struct column[]){ { "NAME", "name", format_text, false }, {} },
	};
	const struct view fields = {
		.layout = VIEW_FIELDS,
		.columns =
			(const struct column[]){
				{ "a", "a", format_text, false },
				{ "absent", "b", format_text, false },
				{ "lines", "lines", format_list, false },
				{},
			},
		.inner = &inner,
	};

	(void)state;
	expect((struct writer){},
	       "{\"a\":\"x\",\"b\":null,\"lines\":[\"1\",\"2\"],\"list\":[{\"name\":\"n\"}]}",
	       &fields,
	       "a       x\n"
	       "lines   1\n"
	       "        2\n"
	       "\n"
	       "NAME\n"
	       "n\n");
}

static void test_writer_text_shows_lines_with_tables_below(void **state)
{
	const struct view inner = {
		.layout = VIEW_TABLE,
		.key = "in",
		.columns = (const struct column[]){ { "N", "n", format_count, false }, {} },
		.empty = "none",
	};
	const struct view lines = {
		.layout = VIEW_LINE,
		.key = "list",
		.columns = (const struct column[]){ { "", "name", format_text, false }, {} },
		.inner = &inner,
		.empty = "no lines",
	};

	(void)state;
	expect((struct writer){},
	       "{\"list\":[{\"name\":\"a\",\"in\":[{\"n\":1}]},{\"name\":\"b\",\"in\":[]}]}",
	       &lines,
	       "a\n"
	       "  N\n"
	       "  1\n"
	       "\n"
	       "b\n"
	       "  none\n");
	expect((struct writer){}, "{\"list\":[]}", &lines, "no lines\n");
}

static void test_writer_text_survives_data_of_other_shapes(void **state)
{
	(void)state;
	expect((struct writer){ .all = true }, "{\"list\":[1,{\"deep\":[]},{\"deep\":{}}]}", &table,
	       "NAME  COUNT  TEXT\n\n\n\n");
	expect((struct writer){}, "{\"list\":\"text\"}", &table, "nothing\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writer_text_aligns_a_table),
		cmocka_unit_test(test_writer_text_leaves_out_zero_lines),
		cmocka_unit_test(test_writer_text_says_what_an_empty_table_means),
		cmocka_unit_test(test_writer_text_wraps_the_last_column),
		cmocka_unit_test(test_writer_text_does_not_wrap_where_it_is_no_use),
		cmocka_unit_test(test_writer_text_shows_fields_and_what_is_in_them),
		cmocka_unit_test(test_writer_text_shows_lines_with_tables_below),
		cmocka_unit_test(test_writer_text_survives_data_of_other_shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
