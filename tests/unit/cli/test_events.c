// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cleanup.h"
#include "fake_daemon.h"

#define EVENT(n, cause)                                                               \
	"{\"sequence\":" #n ",\"time_us\":1764000000123456,\"kind\":\"liveness\","    \
	"\"severity\":\"warning\",\"alarm\":true,\"scope\":\"node\",\"node\":\"n3\"," \
	"\"pool\":null,\"old\":\"up\",\"new\":\"down\",\"cause\":\"" cause "\","      \
	"\"detection_ms\":30.9,\"generation\":2}"
#define PANIC(n)                                                                     \
	"{\"sequence\":" #n ",\"time_us\":1764000001000000,\"kind\":\"panic\","      \
	"\"severity\":\"error\",\"alarm\":true,\"scope\":\"service\",\"node\":null," \
	"\"pool\":\"web\",\"old\":\"off\",\"new\":\"on\",\"cause\":null,"            \
	"\"detection_ms\":null,\"generation\":2}"
#define ANSWER(events, next, oldest, started)                                                      \
	"{\"events\":[" events "],\"next\":" #next ",\"oldest\":" #oldest ",\"started\":" #started \
	"}"

static void use_utc(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
}

static void test_events_in_words(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	use_utc();
	fake_daemon_start(
		fake, (struct fake_answer){
			      .data = ANSWER(EVENT(1, "no answer") "," PANIC(2) ",{}", 2, 1, 1) });
	o = steer(fake->path, "events", NULL);
	assert_int_equal(o.exit, CLI_OK);
	assert_string_equal(o.out,
			    "2025-11-24 16:00:00.123 warning node     node n3: liveness up → down: "
			    "no answer, detected in 30.9 ms\n"
			    "2025-11-24 16:00:01.000 error   service  pool web: panic off → on\n"
			    "an event of a kind that this version does not know; see -j\n");
	outcome_clear(&o);
}

static void test_events_none(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome text, json;

	fake_daemon_start(fake, (struct fake_answer){ .data = ANSWER("", 0, 1, 1) });
	text = steer(fake->path, "events", "--node", "n3", NULL);
	json = steer(fake->path, "-j", "events", NULL);
	assert_string_equal(text.out, "no events\n");
	assert_int_equal(text.exit, CLI_OK);
	assert_string_equal(json.out, "{\"schema\":1,\"events\":[],\"next\":0,\"oldest\":1,"
				      "\"started\":1}\n");
	outcome_clear(&text);
	outcome_clear(&json);
}

static void test_events_in_json_is_what_the_daemon_says(void **state)
{
	struct fake_daemon *fake = *state;
	_cleanup_(cleanup_json) json_t *said = NULL, *expected = NULL;
	struct outcome o;

	fake_daemon_start(fake,
			  (struct fake_answer){ .data = ANSWER(EVENT(1, "x") ",{}", 2, 1, 1) });
	o = steer(fake->path, "events", "-j", NULL);
	said = json_loads(o.out, 0, NULL);
	expected = json_loads(ANSWER(EVENT(1, "x") ",{}", 2, 1, 1), 0, NULL);
	json_object_set_new(expected, "schema", json_integer(1));
	assert_true(json_equal(said, expected));
	outcome_clear(&o);
}

static void test_events_do_not_command_the_terminal(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	fake_daemon_start(fake, (struct fake_answer){
					.data = ANSWER(EVENT(1, "\\u001b]0;x\\u0007"), 1, 1, 1) });
	o = steer(fake->path, "events", NULL);
	assert_null(strchr(o.out, '\x1b'));
	assert_null(strchr(o.out, '\a'));
	assert_non_null(strstr(o.out, "?]0;x?"));
	outcome_clear(&o);
}

/* --- following --- */

/* A daemon that has, by what it is asked: 1 and 2; then 3; then many that were not asked in time;
 * then begins anew. */
static int changing(void *context, const struct control_peer *peer, const char *command,
		    const json_t *arguments, json_t **ret_data, char ret_message[512])
{
	json_int_t since = json_integer_value(json_object_get(arguments, "since"));
	const char *data = ANSWER(EVENT(1, "a") "," EVENT(2, "b"), 2, 1, 1);

	(void)context;
	(void)ret_message;
	assert_string_equal(command, "events");
	assert_string_equal(json_string_value(json_object_get(arguments, "scope")), "node");
	if (json_object_get(arguments, "since")) {
		/* It waits for what it does not have. */
		assert_int_equal(json_integer_value(json_object_get(arguments, "wait_ms")), 10000);
		assert_true(peer->may_wait);
		if (since == 2)
			data = ANSWER(EVENT(3, "c"), 3, 1, 1);
		else if (since == 3)
			data = ANSWER(EVENT(9, "i"), 9, 9, 1);
		else if (since == 9)
			data = ANSWER("", 5, 1, 5);
		else if (since == 4)
			data = ANSWER(EVENT(5, "anew"), 5, 1, 5);
		else
			return CONTROL_LATER;
	}
	*ret_data = json_loads(data, 0, NULL);
	return 0;
}

/* A follower in a process of its own. */
static pid_t start_follower(const struct fake_daemon *fake, FILE **ret_out, FILE **ret_err)
{
	char *argv[] = { (char *)"steer",   (char *)"--socket", (char *)fake->path,
			 (char *)"events",  (char *)"-f",	(char *)"-j",
			 (char *)"--scope", (char *)"node",	NULL };
	int out[2], err[2];
	pid_t pid;

	assert_int_equal(pipe(out), 0);
	assert_int_equal(pipe(err), 0);
	pid = fork();
	if (!pid) {
		FILE *said = fdopen(err[1], "w");

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setlinebuf(said);
		_exit(cli_run(8, argv, fdopen(out[1], "w"), said));
	}
	close(out[1]);
	close(err[1]);
	*ret_out = fdopen(out[0], "r");
	*ret_err = fdopen(err[0], "r");
	return pid;
}

static void test_events_follow(void **state)
{
	static const char *const causes[] = { "a", "b", "c", "i", "anew" };
	_cleanup_(cleanup_fclose) FILE *out = NULL, *err = NULL;
	struct fake_daemon *fake = *state;
	char line[1024] = "";
	pid_t pid;

	alarm(60); /* rather than wait for lines that do not come */
	fake_daemon_start(fake, (struct fake_answer){ .handler = changing });
	pid = start_follower(fake, &out, &err);
	for (size_t i = 0; i < 5; i++) {
		_cleanup_(cleanup_json) json_t *json = NULL;

		assert_non_null(fgets(line, sizeof(line), out));
		json = json_loads(line, 0, NULL);
		assert_string_equal(json_string_value(json_object_get(json, "cause")), causes[i]);
	}
	assert_non_null(fgets(line, sizeof(line), err));
	assert_string_equal(line, "steer: events: 5 events are missing: they came faster than "
				  "they were read\n");

	/* The daemon's end is not the follower's. */
	kill(fake->pid, SIGKILL);
	waitpid(fake->pid, NULL, 0);
	fake->pid = 0;
	assert_non_null(fgets(line, sizeof(line), err));
	assert_string_equal(line, "steer: events: the daemon is away; waiting for it\n");
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	alarm(0);
}

static void test_events_follow_ends_without_a_daemon_to_begin_with(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o = steer(fake->path, "events", "-f", NULL);

	assert_int_equal(o.exit, CLI_NO_DAEMON);
	outcome_clear(&o);
}

static int refusing(void *context, const struct control_peer *peer, const char *command,
		    const json_t *arguments, json_t **ret_data, char ret_message[512])
{
	(void)context;
	(void)peer;
	(void)command;
	if (json_object_get(arguments, "since")) {
		strcpy(ret_message, "no");
		return 1;
	}
	*ret_data = json_loads(ANSWER("", 0, 1, 1), 0, NULL);
	return 0;
}

static void test_events_follow_ends_when_refused(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	fake_daemon_start(fake, (struct fake_answer){ .handler = refusing });
	o = steer(fake->path, "events", "-f", NULL);
	assert_int_equal(o.exit, CLI_FAILED);
	assert_string_equal(o.err, "steer: no\n");
	outcome_clear(&o);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_daemon_setup, fake_daemon_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_events_in_words),
		TEST(test_events_none),
		TEST(test_events_in_json_is_what_the_daemon_says),
		TEST(test_events_do_not_command_the_terminal),
		TEST(test_events_follow),
		TEST(test_events_follow_ends_without_a_daemon_to_begin_with),
		TEST(test_events_follow_ends_when_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
