// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cleanup.h"
#include "fake_daemon.h"
#include "steer/limits.h"

#define TEXT(macro) TEXT_OF(macro)
#define TEXT_OF(text) #text

static void test_cli_wrong_usage_says_what_is_meant(void **state)
{
	static const struct {
		const char *word[4], *said;
	} cases[] = {
		{ { "nodde", "show" },
		  "steer: object \"nodde\" is unknown; did you mean \"node\"?\n" },
		{ { "node", "shwo" },
		  "steer: node: verb \"shwo\" is unknown; did you mean \"show\"?\n" },
		{ { "s" }, "steer: object \"s\" is ambiguous; known: status, service, stats\n" },
		{ { "config" }, "steer: config: verb is missing; known: check\n" },
		{ { "" }, "steer: object is missing; known: status," },
		{ { "config", "check" },
		  "steer: config check: an argument is missing; usage: steer "
		  "config check FILE\n" },
		{ { "status", "n1" }, "steer: status: too many arguments; usage: steer status\n" },
		{ { "node", "drain", "a", "b" }, "steer: node drain: too many arguments" },
		{ { "--bogus" }, "steer: --bogus: no such option" },
		{ { "status", "-x" }, "steer: -x: no such option" },
		{ { "status", "--socket" }, "steer: --socket: a value is missing" },
		{ { "status", "--mode", "generic" }, "steer: status: does not take --mode" },
		{ { "load", "--mode", "fast" },
		  "steer: --mode: \"fast\" is no mode; known: native, " },
		{ { "pool", "-a" }, "steer: pool show: does not take --all" },
		{ { "pool", "-f" }, "steer: pool show: does not take --follow" },
		{ { "node", "--wait" }, "steer: node show: does not take --wait" },
		{ { "node", "drain", "--wait=x" }, "steer: node: --wait: \"x\" is no number of" },
		{ { "node", "drain", "--wait=0" }, "steer: node: --wait: \"0\" is no number of" },
		{ { "node", "drain", "--wait=61" }, "steer: node: --wait: \"61\" is no number" },
		{ { "events", "--syn" }, "steer: events: does not take --syn" },
		{ { "events", "-n", "x" }, "steer: events: --lines: \"x\" is no number from 0" },
		{ { "events", "-n", "1001" }, "steer: events: --lines: \"1001\" is no number" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const *word = cases[i].word;
		_cleanup_(outcome_clear) struct outcome o =
			steer(NULL, word[0], word[1], word[2], word[3], NULL);

		if (o.exit != CLI_USAGE)
			fail_msg("%s %s: exit %d", word[0], word[1], o.exit);
		if (strncmp(o.err, cases[i].said, strlen(cases[i].said)))
			fail_msg("not \"%s\" but: %s", cases[i].said, o.err);
		assert_string_equal(o.out, "");
	}
}

static void test_cli_without_words_shows_the_help_as_an_error(void **state)
{
	_cleanup_(outcome_clear) struct outcome bare = steer(NULL, NULL);
	_cleanup_(outcome_clear) struct outcome help = steer(NULL, "help", NULL);
	_cleanup_(outcome_clear) struct outcome h = steer(NULL, "node", "-h", NULL);

	(void)state;
	assert_int_equal(bare.exit, CLI_USAGE);
	assert_int_equal(help.exit, CLI_OK);
	assert_int_equal(h.exit, CLI_OK);
	assert_string_equal(bare.err, help.out);
	assert_string_equal(h.out, help.out);
	assert_string_equal(help.err, "");
}

static void test_cli_help_fits_a_terminal(void **state)
{
	_cleanup_(outcome_clear) struct outcome o = steer(NULL, "help", NULL);

	(void)state;
	for (const char *line = o.out; *line; line += strcspn(line, "\n") + 1)
		assert_in_range(strcspn(line, "\n"), 0, 80);
}

static void test_cli_version(void **state)
{
	_cleanup_(outcome_clear) struct outcome text = steer(NULL, "-V", NULL);
	_cleanup_(outcome_clear) struct outcome json = steer(NULL, "version", "--json", NULL);

	(void)state;
	assert_int_equal(text.exit, CLI_OK);
	assert_string_equal(text.out,
			    "steer " STEER_VERSION ", maps of schema " TEXT(STEER_SCHEMA) "\n");
	assert_string_equal(json.out, "{\"schema\":1,\"version\":\"" STEER_VERSION
				      "\",\"map_schema\":" TEXT(STEER_SCHEMA) "}\n");
}

static void test_cli_options_may_stand_anywhere(void **state)
{
	struct fake_daemon *fake = *state;

	fake_daemon_start(fake, (struct fake_answer){});
	for (int i = 0; i < 2; i++) {
		_cleanup_(outcome_clear) struct outcome o =
			i ? steer(NULL, "node", "-j", "show", "n2", "--socket", fake->path, NULL)
			  : steer(NULL, "-j", "--socket", fake->path, "node", "show", "n2", NULL);

		assert_string_equal(o.err, "");
		assert_int_equal(o.exit, CLI_OK);
		assert_string_equal(o.out, "{\"schema\":1,\"command\":\"node.show\","
					   "\"arguments\":{\"node\":\"n2\"}}\n");
	}
}

static void test_cli_asks_the_daemon_by_these_commands(void **state)
{
	static const struct {
		const char *word[3], *asked;
	} cases[] = {
		{ { "status" }, "{\"command\":\"status\",\"arguments\":{}}" },
		{ { "node" }, "{\"command\":\"node.show\",\"arguments\":{}}" },
		{ { "node", "s" }, "{\"command\":\"node.show\",\"arguments\":{}}" },
		{ { "n", "drain" }, "{\"command\":\"node.drain\",\"arguments\":{}}" },
		{ { "node", "drain", "n1" },
		  "{\"command\":\"node.drain\",\"arguments\":{\"node\":\"n1\"}}" },
		{ { "node", "drain", "--wait" },
		  "{\"command\":\"node.drain\",\"arguments\":{\"wait_ms\":10000}}" },
		{ { "node", "activate", "--wait=0.5" },
		  "{\"command\":\"node.activate\",\"arguments\":{\"wait_ms\":500}}" },
		{ { "node", "activate", "n1" },
		  "{\"command\":\"node.activate\",\"arguments\":{\"node\":\"n1\"}}" },
		{ { "pool", "show", "web" },
		  "{\"command\":\"pool.show\",\"arguments\":{\"pool\":\"web\"}}" },
		{ { "events" }, "{\"command\":\"events\",\"arguments\":{\"limit\":20}}" },
		{ { "ev", "-n", "0" }, "{\"command\":\"events\",\"arguments\":{\"limit\":0}}" },
		{ { "events", "--node", "n1" },
		  "{\"command\":\"events\",\"arguments\":{\"node\":\"n1\",\"limit\":20}}" },
		{ { "events", "--pool=web", "--scope=service" },
		  "{\"command\":\"events\",\"arguments\":{\"pool\":\"web\",\"scope\":"
		  "\"service\",\"limit\":20}}" },
		{ { "ser", "show", "web4" },
		  "{\"command\":\"service.show\",\"arguments\":{\"service\":\"web4\"}}" },
	};
	struct fake_daemon *fake = *state;

	fake_daemon_start(fake, (struct fake_answer){});
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const *word = cases[i].word;
		_cleanup_(outcome_clear) struct outcome o =
			steer(fake->path, "-j", word[0], word[1], word[2], NULL);
		char expected[256];

		snprintf(expected, sizeof(expected), "{\"schema\":1,%s\n", cases[i].asked + 1);
		assert_int_equal(o.exit, CLI_OK);
		assert_string_equal(o.out, expected);
	}
}

static void test_cli_full_disk_is_a_failure(void **state)
{
	char *argv[] = { (char *)"steer", (char *)"help", NULL };
	_cleanup_(cleanup_fclose) FILE *full = fopen("/dev/full", "w");
	_cleanup_(cleanup_free) char *said = NULL;
	size_t size;
	FILE *err = open_memstream(&said, &size);

	(void)state;
	assert_non_null(full);
	assert_int_equal(cli_run(2, argv, full, err), CLI_FAILED);
	fclose(err);
	assert_string_equal(said, "steer: standard output: No space left on device\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_daemon_setup, fake_daemon_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cli_wrong_usage_says_what_is_meant),
		cmocka_unit_test(test_cli_without_words_shows_the_help_as_an_error),
		cmocka_unit_test(test_cli_help_fits_a_terminal),
		cmocka_unit_test(test_cli_version),
		TEST(test_cli_options_may_stand_anywhere),
		TEST(test_cli_asks_the_daemon_by_these_commands),
		cmocka_unit_test(test_cli_full_disk_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
