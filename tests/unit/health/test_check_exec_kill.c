// SPDX-License-Identifier: GPL-2.0
#include "exec_fixture.h"

static void start_with_fifo(struct fixture *f, const char *format)
{
	char script[256];

	snprintf(script, sizeof(script), format, f->fifo);
	start(f, script);
}

/* It ignores what can be ignored, and is not alone. */
#define STUBBORN                                                         \
	"trap '' TERM HUP INT PIPE; exec 9>%s; echo >&9; "               \
	"(trap '' TERM; echo >&9; while :; do sleep 1000; done) & "      \
	"(sleep 1000 & echo >&9; while :; do sleep 1000; done) & wait; " \
	"while :; do sleep 1000; done"

static void test_check_exec_is_killed_with_its_group_when_freed(void **state)
{
	struct fixture *f = *state;

	start_with_fifo(f, STUBBORN);
	await_lines(f, 3);
	assert_int_equal(f->told, 0);
	check_exec_free(f->check);
	f->check = NULL;
	run_until(f, !lives(f) && !have_children());
	assert_int_equal(f->told, 0);
}

static void test_check_exec_is_killed_at_the_end_of_everything(void **state)
{
	struct fixture *f = *state;

	start_with_fifo(f, STUBBORN);
	await_lines(f, 3);
	check_exec_free(f->check);
	f->check = NULL;
	check_exec_client_free(f->client);
	f->client = NULL;
	run_until(f, !lives(f));
	/* On a busy machine it may have given up waiting. */
	while (waitpid(-1, NULL, 0) > 0)
		;
}

/* The result is that of the command alone; it is not waited for whom it has left behind. */
static void test_check_exec_children_left_behind_are_killed(void **state)
{
	struct fixture *f = *state;

	start_with_fifo(f, "exec 9>%s; sleep 1000 & sleep 1000 & echo >&9; exit 0");
	run_until(f, f->told);
	assert_false(f->failed);
	run_until(f, !lives(f));
	/* Also after a failure, and with what they would still have to say. */
	start_with_fifo(f, "exec 9>%s; yes >&9 & (sleep 1000; echo no) & exit 7");
	run_until(f, f->told);
	assert_string_equal(f->failure, "exit status 7");
	run_until(f, ({
			  char data[4096];

			  while (read(f->life, data, sizeof(data)) > 0)
				  ;
			  !lives(f);
		  }));
}

/* A process that does not die at once is not joined by a second one. */
static void test_check_exec_waits_for_its_predecessor(void **state)
{
	struct fixture *f = *state;
	char script[256];
	int i;

	snprintf(script, sizeof(script), "exec 9>%s; echo >&9; sleep 1000", f->fifo);
	for (i = 0; i < 3; i++) {
		start(f, script);
		await_lines(f, 1);
		check_exec_free(f->check);
		start(f, script);
		/* The one that has been killed, and no other before it is gone. */
		assert_int_equal(count_children(), 1);
		await_lines(f, 1);
		check_exec_free(f->check);
		f->check = NULL;
		run_until(f, !have_children());
	}
	/* One that waits may be given up, too. */
	start(f, script);
	await_lines(f, 1);
	check_exec_free(f->check);
	start(f, script);
	check_exec_free(f->check);
	f->check = NULL;
	run_until(f, !have_children());
	assert_int_equal(f->told, 0);
	/* Another check does not wait for it. */
	start(f, script);
	await_lines(f, 1);
	check_exec_free(f->check);
	expect(f, "exit 1", "exit status 1");
}

/* kill -9 of the daemon: nobody has the time to clean up. */
static void test_check_exec_does_not_outlive_us(void **state)
{
	struct fixture *f = *state;
	pid_t daemon = fork();

	assert_true(daemon >= 0);
	if (!daemon) {
		struct check_exec_client *client;
		struct check_exec *check;
		char script[128];
		sd_event *event;

		snprintf(script, sizeof(script), "exec 9>%s; echo >&9; exec sleep 1000", f->fifo);
		set_command(f, "/bin/sh", "-c", script);
		if (sd_event_new(&event) < 0 || check_exec_client_new(event, &client) < 0 ||
		    check_exec_start(client, &f->target, on_done, f, &check) < 0)
			_exit(1);
		pause();
	}
	await_lines(f, 1);
	assert_int_equal(kill(daemon, SIGKILL), 0);
	assert_int_equal(waitpid(daemon, NULL, 0), daemon);
	run_until(f, !lives(f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_check_exec_is_killed_with_its_group_when_freed),
		TEST(test_check_exec_is_killed_at_the_end_of_everything),
		TEST(test_check_exec_children_left_behind_are_killed),
		TEST(test_check_exec_waits_for_its_predecessor),
		TEST(test_check_exec_does_not_outlive_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
