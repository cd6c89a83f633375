// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cleanup.h"
#include "cli/format.h"
#include "cli/writer.h"

/* Check what a format makes of a value, which is consumed. */
static void expect(column_format_fn format, json_t *value, const char *expected)
{
	_cleanup_(cleanup_json) json_t *held = value;
	_cleanup_(cleanup_free) char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	format(out, held);
	fclose(out);
	assert_string_equal(text, expected);
}

static void test_format_text_disarms_control_characters(void **state)
{
	(void)state;
	expect(format_text, json_string("n1 ä"), "n1 ä");
	expect(format_text, json_string("\x1b[2J\r\n\t\x7f"), "?[2J????");
	expect(format_text,
	       json_string("a\xc2\x9b"
			   "31m"),
	       "a?31m");
	expect(format_text, json_string("\xc2\xa0"), "\xc2\xa0");
	expect(format_text, json_integer(3), "");
}

static void test_format_list_is_one_per_line(void **state)
{
	(void)state;
	expect(format_list, json_pack("[s, s]", "a", "b\nc"), "a\nb?c");
	expect(format_list, json_array(), "");
}

static void test_format_count_prints_all_digits(void **state)
{
	(void)state;
	expect(format_count, json_integer(0), "0");
	expect(format_count, json_integer(123456789012345), "123456789012345");
	expect(format_count, json_integer(-1), "18446744073709551615");
}

static void test_format_bytes_scales(void **state)
{
	(void)state;
	expect(format_bytes, json_integer(0), "0 B");
	expect(format_bytes, json_integer(9999), "9999 B");
	expect(format_bytes, json_integer(10000), "10.0 kB");
	expect(format_bytes, json_integer(999949), "999.9 kB");
	expect(format_bytes, json_integer(999999), "1.0 MB");
	expect(format_bytes, json_integer(-1), "18.4 EB");
}

static void test_format_seconds_has_two_units(void **state)
{
	(void)state;
	expect(format_seconds, json_real(-0.5), "0.0s");
	expect(format_seconds, json_real(1.54), "1.5s");
	expect(format_seconds, json_real(9.96), "9s");
	expect(format_seconds, json_integer(59), "59s");
	expect(format_seconds, json_real(1e300), "11574074074d01h");
	expect(format_seconds, json_real(200.9), "3m20s");
	expect(format_seconds, json_real(7500), "2h05m");
	expect(format_seconds, json_real(3 * 86400 + 4 * 3600 + 59), "3d04h");
}

static void test_format_us_scales(void **state)
{
	(void)state;
	expect(format_us, json_real(52.1), "52.1us");
	expect(format_us, json_real(999.96), "1.00ms");
	expect(format_us, json_real(2500000), "2.50s");
}

static void test_format_counter_and_flag(void **state)
{
	(void)state;
	expect(format_counter, json_pack("{s:i, s:i}", "packets", 12, "bytes", 12345),
	       "12 packets, 12.3 kB");
	expect(format_flag, json_true(), "yes");
	expect(format_flag, json_false(), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format_text_disarms_control_characters),
		cmocka_unit_test(test_format_list_is_one_per_line),
		cmocka_unit_test(test_format_count_prints_all_digits),
		cmocka_unit_test(test_format_bytes_scales),
		cmocka_unit_test(test_format_seconds_has_two_units),
		cmocka_unit_test(test_format_us_scales),
		cmocka_unit_test(test_format_counter_and_flag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
