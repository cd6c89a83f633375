// SPDX-License-Identifier: GPL-2.0
#include "exec_fixture.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_check_exec_judges_exit_status),
		TEST(test_check_exec_counts_to_the_end),
		TEST(test_check_exec_program_that_cannot_run_fails),
		TEST(test_check_exec_runs_in_a_clean_room),
		TEST(test_check_exec_long_line_is_cut),
		TEST(test_check_exec_flood_is_killed),
		TEST(test_check_exec_own_lack_is_no_result),
		TEST(test_check_exec_tells_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
