// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/cpu_load.h"

static bool read_text(struct cpu_load *load, const char *text)
{
	FILE *stat = fmemopen((char *)text, strlen(text), "r");
	bool changed;

	assert_non_null(stat);
	changed = cpu_load_read(load, stat);
	fclose(stat);
	return changed;
}

static void test_cpu_load_is_what_was_not_idle(void **state)
{
	struct cpu_load load = {};

	(void)state;
	/* Nothing to compare with yet. */
	assert_false(read_text(&load, "cpu  100 0 100 1000 0 0 0 0 0 0\ncpu0 1 2 3\n"));
	assert_int_equal(load.percent, 0);
	/* user 10, nice 1, system 2, irq 3, softirq 4, steal 5 of 100; 60 idle, 15 waiting */
	assert_true(read_text(&load, "cpu  110 1 102 1060 15 3 4 5 0 0\n"));
	assert_int_equal(load.percent, 25);
	assert_false(read_text(&load, "cpu  135 1 102 1135 15 3 4 5 0 0\n"));
	assert_int_equal(load.percent, 25);
	assert_true(read_text(&load, "cpu  235 1 102 1135 15 3 4 5 0 0\n"));
	assert_int_equal(load.percent, 100);
}

static void test_cpu_load_time_that_stands_or_runs_backwards(void **state)
{
	struct cpu_load load = {};

	(void)state;
	read_text(&load, "cpu  100 0 100 1000 0 0 0 0 0 0\n");
	read_text(&load, "cpu  150 0 100 1050 0 0 0 0 0 0\n");
	assert_int_equal(load.percent, 50);
	assert_false(read_text(&load, "cpu  150 0 100 1050 0 0 0 0 0 0\n"));
	assert_false(read_text(&load, "cpu  150 0 100 1049 0 0 0 0 0 0\n"));
	assert_false(read_text(&load, "cpu  149 0 100 1080 0 0 0 0 0 0\n"));
	assert_int_equal(load.percent, 50);
	assert_true(read_text(&load, "cpu  159 0 100 1170 0 0 0 0 0 0\n"));
	assert_int_equal(load.percent, 10);
}

static void test_cpu_load_of_something_else_changes_nothing(void **state)
{
	static const char *const texts[] = { "\n", "cpu  1 2 3\n", "intr 1 2 3 4 5 6 7 8\n" };
	struct cpu_load load = {}, before;

	(void)state;
	read_text(&load, "cpu  100 0 100 1000 0 0 0 0 0 0\n");
	read_text(&load, "cpu  150 0 100 1050 0 0 0 0 0 0\n");
	before = load;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_false(read_text(&load, texts[i]));
	assert_memory_equal(&load, &before, sizeof(load));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpu_load_is_what_was_not_idle),
		cmocka_unit_test(test_cpu_load_time_that_stands_or_runs_backwards),
		cmocka_unit_test(test_cpu_load_of_something_else_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
