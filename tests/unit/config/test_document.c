// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

static void expect(const void *data, size_t length, const char *expected)
{
	struct config_errors errors = {};
	struct cluster *cluster = NULL;

	fixture_write("steer.yaml", data, length, 0644);
	assert_int_equal(config_load(fixture_path, NULL, &cluster, &errors), -EINVAL);
	fixture_print(&errors);
	assert_int_equal(errors.n, 1);
	assert_non_null(strstr(errors.line[0], expected));
	assert_non_null(strchr(errors.line[0], ';'));
	config_errors_free(&errors);
}

static void test_document_not_a_configuration(void **state)
{
	static const char *const cases[][2] = {
		{ "", ":1:1: is empty" },
		{ "# nothing\n", ":1:1: is empty" },
		{ "---\n", ":1:1: is empty" },
		{ "- a\n- b\n", ":1:1: the configuration is not a mapping" },
		{ "hello\n", ":1:1: the configuration is not a mapping" },
		{ "a: 1\n---\nb: 2\n", ":2:1: a second document starts here" },
		{ "a: b: c\n", ":1:5: YAML syntax: mapping values are not allowed" },
		{ "a: [1, 2\nb: 3\n", ":2:2: YAML syntax: did not find expected ',' or ']'" },
		{ "a: 1\n\tb: 2\n", ":2:1: YAML syntax: found a tab character that violates" },
		{ "a: \"x\n", ":2:1: YAML syntax: found unexpected end of stream" },
		{ "a: *b\n", ":1:4: YAML syntax: found undefined alias" },
		{ "a: 1\nb: \x01\n", ":2:4: not a text file: control characters are not allowed" },
		{ "a: 1\nb: \xff\n", ":2:4: not a text file" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		expect(cases[i][0], strlen(cases[i][0]), cases[i][1]);
	expect("\x7f"
	       "ELF\0\0\0",
	       7, ":1:1: not a text file");
}

/* Nesting that would take a recursive or quadratic reader forever. */
static void test_document_deep_nesting(void **state)
{
	size_t length = 4 * 1024 * 1024;
	char *text = malloc(length);

	(void)state;
	assert_non_null(text);
	memset(text, '[', length);
	expect(text, length, ":1:17: nested more than 16 deep;");
	memset(text, '{', length);
	expect(text, length, ":1:17: nested more than 16 deep;");
	for (size_t i = 0; i < length; i++)
		text[i] = "- "[i % 2];
	expect(text, length, ":1:33: nested more than 16 deep;");
	free(text);
}

static void test_document_many_anchors(void **state)
{
	char *text = NULL;
	size_t length;
	FILE *file = open_memstream(&text, &length);

	(void)state;
	fprintf(file, "a:\n");
	for (int i = 1; i <= 300000; i++)
		fprintf(file, "- &%d 1\n", i);
	fclose(file);
	expect(text, length, ":258:3: more than 256 anchors;");
	free(text);
}

static void test_document_too_large(void **state)
{
	struct config_errors errors = {};
	struct cluster *cluster = NULL;

	(void)state;
	fixture_write("steer.yaml", "", 0, 0644);
	assert_int_equal(truncate(fixture_path, 100 * 1024 * 1024), 0);
	assert_int_equal(config_load(fixture_path, NULL, &cluster, &errors), -EINVAL);
	assert_non_null(strstr(errors.line[0], "is larger than 4 MiB;"));
	config_errors_free(&errors);
	assert_int_equal(config_load("/dev/zero", NULL, &cluster, &errors), -EINVAL);
	assert_non_null(strstr(errors.line[0], "/dev/zero: is larger than 4 MiB;"));
	config_errors_free(&errors);
}

static void test_document_unreadable(void **state)
{
	struct config_errors errors = {};
	struct cluster *cluster = NULL;

	(void)state;
	assert_int_equal(config_load("/nonexistent/x.yaml", NULL, &cluster, &errors), -EINVAL);
	assert_string_equal(errors.line[0],
			    "/nonexistent/x.yaml: cannot be opened: No such file or "
			    "directory; check the path");
	config_errors_free(&errors);
	assert_int_equal(config_load("/", NULL, &cluster, &errors), -EINVAL);
	assert_string_equal(errors.line[0], "/: is a directory; give the file in it");
	config_errors_free(&errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_document_not_a_configuration),
		cmocka_unit_test(test_document_deep_nesting),
		cmocka_unit_test(test_document_many_anchors),
		cmocka_unit_test(test_document_too_large),
		cmocka_unit_test(test_document_unreadable),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
