// SPDX-License-Identifier: GPL-2.0
#include "health/check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	sd_event *event;
	struct check_exec_client *client;
	struct check_exec *check;
	struct check_target target;
	unsigned int told;
	bool failed, free_when_told;
	char failure[512];
	char directory[32], fifo[64];
	int life; /* the fifo's reading end */
	int fds;
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ULL + t.tv_nsec / 1000000;
}

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

#define run_until(f, condition)                                            \
	do {                                                               \
		uint64_t _deadline_ms = now_ms() + 60000;                  \
		while (!(condition)) {                                     \
			assert_true(now_ms() < _deadline_ms);              \
			assert_true(sd_event_run((f)->event, 10000) >= 0); \
		}                                                          \
	} while (0)

static bool have_children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static unsigned int count_children(void)
{
	FILE *file = fopen("/proc/thread-self/children", "re");
	unsigned int n = 0;
	int pid;

	assert_non_null(file);
	while (fscanf(file, "%d", &pid) == 1)
		n++;
	fclose(file);
	return n;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->fds = count_fds();
	strcpy(f->directory, "/tmp/steer-exec.XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->fifo, sizeof(f->fifo), "%s/life", f->directory);
	assert_int_equal(mkfifo(f->fifo, 0600), 0);
	f->life = open(f->fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(f->life >= 0);
	f->free_when_told = true;
	f->target = (struct check_target){ .pool = "web", .node_name = "n1" };
	f->target.check.type = CHECK_EXEC;
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(check_exec_client_new(f->event, &f->client), 0);
	*state = f;
	return 0;
}

/* Every test ends by looking for children and descriptors left behind. */
static int teardown(void **state)
{
	struct fixture *f = *state;
	int before = f->fds;

	check_exec_free(f->check);
	run_until(f, !have_children());
	check_exec_client_free(f->client);
	sd_event_unref(f->event);
	close(f->life);
	unlink(f->fifo);
	rmdir(f->directory);
	free(f);
	assert_int_equal(count_fds(), before);
	return 0;
}

static void on_done(void *context, const char *failure)
{
	struct fixture *f = context;

	f->told++;
	f->failed = failure;
	snprintf(f->failure, sizeof(f->failure), "%s", failure ? failure : "");
	if (!f->free_when_told)
		return;
	check_exec_free(f->check);
	f->check = NULL;
}

static void set_command(struct fixture *f, const char *path, const char *option, const char *text)
{
	const char *const arguments[] = { path, option, text };
	struct cluster_check *check = &f->target.check;
	size_t i;

	check->command_bytes = 0;
	for (i = 0; i < 3 && arguments[i]; i++) {
		size_t bytes = strlen(arguments[i]) + 1;

		assert_true(check->command_bytes + bytes <= sizeof(check->command));
		memcpy(check->command + check->command_bytes, arguments[i], bytes);
		check->command_bytes += bytes;
	}
}

static void start(struct fixture *f, const char *script)
{
	set_command(f, "/bin/sh", "-c", script);
	f->told = 0;
	assert_int_equal(check_exec_start(f->client, &f->target, on_done, f, &f->check), 0);
	assert_int_equal(f->told, 0);
}

static void expect(struct fixture *f, const char *script, const char *failure)
{
	start(f, script);
	run_until(f, f->told);
	assert_int_equal(f->failed, failure != NULL);
	assert_string_equal(f->failure, failure ? failure : "");
	assert_int_equal(f->told, 1);
}

/* Somebody has the fifo open for writing; see scripts with "exec 9>". */
static bool lives(const struct fixture *f)
{
	struct pollfd life = { .fd = f->life, .events = POLLIN };

	assert_true(poll(&life, 1, 0) >= 0);
	return !(life.revents & POLLHUP);
}

/* Scripts write as many lines as they have processes: all of them run now. */
static void await_lines(struct fixture *f, unsigned int n)
{
	char data[64];
	unsigned int lines = 0;

	run_until(f, ({
			  ssize_t bytes = read(f->life, data, sizeof(data));

			  while (bytes > 0)
				  lines += data[--bytes] == '\n';
			  lines >= n;
		  }));
	assert_true(lives(f));
}

static void test_check_exec_judges_exit_status(void **state)
{
	static const struct {
		const char *script, *failure;
	} cases[] = {
		{ "exit 0", NULL },
		{ "echo fine; exit 0", NULL },
		{ "exit 1", "exit status 1" },
		{ "echo disk full; echo more; exit 3", "exit status 3: disk full" },
		{ "echo to stderr >&2; exit 4", "exit status 4: to stderr" },
		{ "printf '\\n\\r\\n  so it is\\r\\nmore'; exit 5", "exit status 5: so it is" },
		{ "kill -SEGV $$", "killed by signal 11 (Segmentation fault)" },
		{ "echo oh; kill -TERM $$", "killed by signal 15 (Terminated): oh" },
		{ "exec >&- 2>&-; exit 6", "exit status 6" },
		{ "/nonexistent 2>/dev/null", "exit status 127" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		expect(f, cases[i].script, cases[i].failure);
}

/* What is in the pipe when it ends counts, too: here all that fits, after one read. */
static void test_check_exec_counts_to_the_end(void **state)
{
	struct fixture *f = *state;
	siginfo_t info;

	start(f, "exec head -c 65537 /dev/zero");
	assert_true(sd_event_run(f->event, UINT64_MAX) > 0);
	assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(f->told, 0);
	run_until(f, f->told);
	assert_string_equal(f->failure, "output too long: more than 64 KiB, killed");
}

static void test_check_exec_program_that_cannot_run_fails(void **state)
{
	static const struct {
		const char *path, *failure;
	} cases[] = {
		{ "/nonexistent/check",
		  "exit status 127: cannot be run: No such file or directory" },
		{ "/etc/passwd", "exit status 127: cannot be run: Permission denied" },
		{ "/", "exit status 127: cannot be run: Permission denied" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		set_command(f, cases[i].path, NULL, NULL);
		f->told = 0;
		assert_int_equal(check_exec_start(f->client, &f->target, on_done, f, &f->check), 0);
		assert_int_equal(f->told, 0);
		run_until(f, f->told);
		assert_true(f->failed);
		assert_string_equal(f->failure, cases[i].failure);
	}
}

/* What it finds itself in: everything that is said of it in exec_process.h. */
static void test_check_exec_runs_in_a_clean_room(void **state)
{
	struct fixture *f = *state;
	int dirty = open("/dev/null", O_RDONLY); /* not close-on-exec, as some library's */
	sigset_t set, before;

	assert_true(dirty >= 0);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, &before), 0);
	signal(SIGPIPE, SIG_IGN);
	expect(f, "tr '\\0' ';' </proc/$$/environ; exit 1",
	       "exit status 1: STEER_POOL=web;STEER_NODE=n1;"
	       "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin;");
	expect(f, "ls -x -w 0 -T 0 /proc/$$/fd; exit 1", "exit status 1: 0  1  2");
	expect(f, "readlink /proc/$$/fd/0; exit 1", "exit status 1: /dev/null");
	expect(f, "pwd; exit 1", "exit status 1: /");
	expect(f, "set -- $(cat /proc/$$/stat); [ $5 = $$ ] && [ $6 = $$ ]", NULL);
	/* Two signals of its own glibc ignores in what posix_spawn() starts, as make does. */
	expect(f,
	       "sed -n 's/0000000180000000/0/;s/^Sig\\(Blk\\|Ign\\):[^1-9a-f]*$/\\1/p' "
	       "/proc/$$/status | tr '\\n' ' '; "
	       "exit 1",
	       "exit status 1: Blk Ign ");
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(dirty);
}

static void test_check_exec_long_line_is_cut(void **state)
{
	struct fixture *f = *state;
	char expected[512];
	int n = sprintf(expected, "exit status 1: ");

	memset(expected + n, 'x', 256);
	expected[n + 256] = '\0';
	expect(f, "printf '%010000d' 0 | tr 0 x; exit 1", expected);
}

static void test_check_exec_flood_is_killed(void **state)
{
	struct fixture *f = *state;

	/* Just the limit is fine. */
	expect(f, "head -c 65536 /dev/zero", NULL);
	expect(f, "head -c 65537 /dev/zero", "output too long: more than 64 KiB, killed");
	/* Without an end, and what it has started ends, too. */
	expect(f, "yes no & yes no & yes no", "output too long: more than 64 KiB, killed");
	run_until(f, !have_children());
}

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

static void test_check_exec_own_lack_is_no_result(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	set_command(f, "/bin/true", NULL, NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(check_exec_start(f->client, &f->target, on_done, f, &f->check), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_null(f->check);
}

static void test_check_exec_tells_once(void **state)
{
	struct fixture *f = *state;

	f->free_when_told = false;
	start(f, "head -c 70000 /dev/zero; exit 1");
	run_until(f, f->told && !have_children());
	assert_int_equal(f->told, 1);
	check_exec_free(f->check);
	f->check = NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_check_exec_judges_exit_status),
		TEST(test_check_exec_counts_to_the_end),
		TEST(test_check_exec_program_that_cannot_run_fails),
		TEST(test_check_exec_runs_in_a_clean_room),
		TEST(test_check_exec_long_line_is_cut),
		TEST(test_check_exec_flood_is_killed),
		TEST(test_check_exec_is_killed_with_its_group_when_freed),
		TEST(test_check_exec_is_killed_at_the_end_of_everything),
		TEST(test_check_exec_children_left_behind_are_killed),
		TEST(test_check_exec_waits_for_its_predecessor),
		TEST(test_check_exec_does_not_outlive_us),
		TEST(test_check_exec_own_lack_is_no_result),
		TEST(test_check_exec_tells_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
