// SPDX-License-Identifier: GPL-2.0
#include "daemon/options.h"

#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ROOM 8

/* The first word is the program's, the last NULL. */
static int parse(const char *const words[ROOM], struct daemon_options *ret_options,
		 enum daemon_exit *ret_exit)
{
	char *argv[ROOM];
	int argc = 0;

	while ((argv[argc] = (char *)words[argc]))
		argc++;
	optind = 0;
	return options_parse(argc, argv, ret_options, ret_exit);
}

static void test_options_operators(void **state)
{
	static const struct {
		const char *group;
		gid_t gid;
	} cases[] = { { "root", 0 }, { "4711", 4711 }, { "0", 0 } };
	struct daemon_options options;
	enum daemon_exit code;

	(void)state;
	assert_int_equal(parse((const char *[ROOM]){ "steerd" }, &options, &code), 0);
	assert_null(options.operators);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *words[ROOM] = { "steerd", "--operators", cases[i].group };

		assert_int_equal(parse(words, &options, &code), 0);
		assert_string_equal(options.operators, cases[i].group);
		assert_int_equal(options.operators_gid, cases[i].gid);
	}
}

static void test_options_wrong_operators(void **state)
{
	static const char *const cases[] = { "steer-nobody", "", "-1", "12x", " 5", "4294967295" };
	struct daemon_options options;
	enum daemon_exit code;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *words[ROOM] = { "steerd", "-g", cases[i] };

		assert_int_equal(parse(words, &options, &code), 1);
		assert_int_equal(code, DAEMON_EXIT_USAGE);
	}
}

static void test_options_dispatcher(void **state)
{
	static const struct {
		const char *when;
		enum datapath_dispatcher dispatcher;
	} cases[] = { { "auto", DATAPATH_DISPATCHER_AUTO },
		      { "on", DATAPATH_DISPATCHER_ON },
		      { "off", DATAPATH_DISPATCHER_OFF } };
	struct daemon_options options;
	enum daemon_exit code;

	(void)state;
	assert_int_equal(parse((const char *[ROOM]){ "steerd" }, &options, &code), 0);
	assert_int_equal(options.datapath.dispatcher, DATAPATH_DISPATCHER_AUTO);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *words[ROOM] = { "steerd", "--dispatcher", cases[i].when };

		assert_int_equal(parse(words, &options, &code), 0);
		assert_int_equal(options.datapath.dispatcher, cases[i].dispatcher);
	}
	assert_int_equal(parse((const char *[ROOM]){ "steerd", "-D", "maybe" }, &options, &code),
			 1);
	assert_int_equal(code, DAEMON_EXIT_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_operators),
		cmocka_unit_test(test_options_wrong_operators),
		cmocka_unit_test(test_options_dispatcher),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
