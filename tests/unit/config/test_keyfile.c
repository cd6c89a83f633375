// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

#include "config/keyfile.h"

#define FLOW "flow-key 000102030405060708090a0b0c0d0e0f\n"
#define TAG "tag-key 101112131415161718191a1b1c1d1e1f\n"
#define SECOND "tag-key a0b0c0d0e0f0a0b0c0d0e0f0a0b0c0d0"

/* NULL: accepted. */
static void expect(const char *text, mode_t mode, const char *expected)
{
	_cleanup_(errors_clear) struct errors errors = {};
	struct config_errors report = {};
	struct cluster keys = { .flow_key = { 0xee } };
	char path[128];
	int r;

	fixture_write("key", text, strlen(text), mode);
	snprintf(path, sizeof(path), "%s/key", fixture_directory);
	r = keyfile_read(path, (struct position){ 3, 11 }, &errors, &keys);
	assert_int_equal(errors_report(&errors, "f", &report), 0);
	fixture_print(&report);
	assert_int_equal(r, expected ? -EINVAL : 0);
	assert_int_equal(report.n, expected ? 1 : 0);
	assert_int_equal(keys.flow_key[0], expected ? 0xee : 0);
	if (expected) {
		assert_memory_equal(report.line[0], "f:3:11: key file ", 17);
		assert_non_null(strstr(report.line[0], expected));
		/* the secret is in no message */
		assert_null(strstr(report.line[0], "0102030405"));
	} else {
		assert_int_equal(keys.flow_key[1], 1);
		assert_int_equal(keys.auth_key[0][15], 0x1f);
		assert_int_equal(keys.n_auth_keys, strstr(text, SECOND) ? 2 : 1);
		assert_int_equal(keys.auth_key[1][0], strstr(text, SECOND) ? 0xa0 : 0);
	}
	config_errors_free(&report);
}

static void test_keyfile_accepts(void **state)
{
	(void)state;
	expect(FIXTURE_KEY, 0600, NULL);
	expect(FIXTURE_KEY "\n", 0400, NULL);
	expect(FLOW TAG, 0600, NULL);
	expect(TAG "\n# a comment\n\t" FLOW, 0600, NULL);
	expect("# to be replaced soon\r\n" FLOW TAG SECOND, 0600, NULL);
	expect(" 000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F\r\n", 0600, NULL);
}

static void test_keyfile_refuses(void **state)
{
	(void)state;
	expect("", 0600, "has 0 hexadecimal digits; it must have 64");
	expect(FIXTURE_KEY "0", 0600, "has 65 hexadecimal digits; it must have 64");
	expect(FIXTURE_KEY FIXTURE_KEY, 0600, "has 128 hexadecimal digits; it must have 64");
	expect(FLOW, 0600, "has no tag-key; add a line \"tag-key DIGITS\"");
	expect(TAG "# " FLOW, 0600, "has no flow-key; add a line \"flow-key DIGITS\"");
	expect(FLOW TAG SECOND "\n" TAG, 0600,
	       "line 4: there may be one flow-key and two tag-keys");
	expect(FLOW TAG FLOW, 0600, "line 3: there may be one flow-key");
	expect(FLOW "tag-key 0001", 0600, "line 2: the key must be 32 hexadecimal digits");
	expect(FLOW "tag-key", 0600, "line 2: the key must be 32 hexadecimal digits");
	expect(FLOW "tag-keys 0", 0600, "line 2: begins with neither flow-key nor tag-key");
	expect("# only a comment\n" FIXTURE_KEY, 0600, "line 2: begins with neither");
	expect("0001", 0600, "has 4 hexadecimal digits; it must have 64");
	expect("0x" FIXTURE_KEY, 0600, "has other characters than digits; it must have 64");
	expect(FIXTURE_KEY "\nx", 0600, "has other characters than digits");
	expect(FIXTURE_KEY, 0640, "has mode 0640, so others may use it; run: chmod 0600");
	expect(FIXTURE_KEY, 0604, "has mode 0604");
}

static void test_keyfile_refuses_foreign_owner(void **state)
{
	char path[128];

	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: needs root\n");
		skip();
	}
	snprintf(path, sizeof(path), "%s/key", fixture_directory);
	assert_int_equal(chown(path, 65534, 65534), 0);
	expect(FIXTURE_KEY, 0600, "is owned by user 65534; run: chown root");
	assert_int_equal(chown(path, 0, 0), 0);
}

/* The command in the message makes a key that is accepted. */
static void test_keyfile_says_how_to_make_one(void **state)
{
	_cleanup_(errors_clear) struct errors errors = {};
	struct config_errors report = {};
	struct cluster keys = {};
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/key", fixture_directory);
	unlink(path);
	assert_int_equal(keyfile_read(path, (struct position){ 3, 11 }, &errors, &keys), -EINVAL);
	assert_int_equal(errors_report(&errors, "f", &report), 0);
	assert_non_null(strstr(report.line[0], "does not exist; copy it from another node"));
	assert_non_null(strstr(report.line[0], "with: "));
	assert_int_equal(system(strstr(report.line[0], "with: ") + strlen("with: ")), 0);
	config_errors_free(&report);
	assert_int_equal(keyfile_read(path, (struct position){ 3, 11 }, &errors, &keys), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keyfile_accepts),
		cmocka_unit_test(test_keyfile_refuses),
		cmocka_unit_test(test_keyfile_refuses_foreign_owner),
		cmocka_unit_test(test_keyfile_says_how_to_make_one),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
