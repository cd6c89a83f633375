// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

#include "config/errors.h"

static void test_errors_are_in_order_of_file(void **state)
{
	_cleanup_(errors_clear) struct errors errors = {};
	struct config_errors report;

	(void)state;
	errors_add(&errors, (struct position){ 9, 1 }, "e%d; x", 5);
	errors_add(&errors, (struct position){ 2, 10 }, "c; x");
	errors_add(&errors, (struct position){ 2, 9 }, "a; x");
	errors_add(&errors, (struct position){ 2, 9 }, "b; x");
	errors_add(&errors, (struct position){ 0, 0 }, "whole; x");
	assert_int_equal(errors_report(&errors, "f.yaml", &report), 0);
	assert_int_equal(report.n, 5);
	assert_string_equal(report.line[0], "f.yaml: whole; x");
	assert_string_equal(report.line[1], "f.yaml:2:9: a; x");
	assert_string_equal(report.line[2], "f.yaml:2:9: b; x");
	assert_string_equal(report.line[3], "f.yaml:2:10: c; x");
	assert_string_equal(report.line[4], "f.yaml:9:1: e5; x");
	config_errors_free(&report);
	config_errors_free(&report);
}

static void test_errors_have_a_limit(void **state)
{
	_cleanup_(errors_clear) struct errors errors = {};
	struct config_errors report;

	(void)state;
	for (size_t i = 1; i <= ERRORS_MAX + 7; i++)
		errors_add(&errors, (struct position){ i, 1 }, "x; y");
	assert_int_equal(errors_report(&errors, "f", &report), 0);
	assert_int_equal(report.n, ERRORS_MAX + 1);
	assert_string_equal(report.line[ERRORS_MAX],
			    "f: 7 more errors are not shown; correct these first");
	config_errors_free(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors_are_in_order_of_file),
		cmocka_unit_test(test_errors_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
