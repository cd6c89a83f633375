// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

#include <fcntl.h>
#include <sys/wait.h>

static void command(struct fixture *f, const char *script)
{
	struct cluster_check *check = &f->pool.check;

	check->type = CHECK_EXEC;
	check->command_bytes = sizeof("/bin/sh\0-c") + strlen(script) + 1;
	assert_true(check->command_bytes <= sizeof(check->command));
	memcpy(check->command, "/bin/sh\0-c", sizeof("/bin/sh\0-c"));
	strcpy(check->command + sizeof("/bin/sh\0-c"), script);
}

static bool have_children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static void test_checker_exec_falls_and_rises(void **state)
{
	struct fixture *f = *state;
	char path[] = "/tmp/steer-checker.XXXXXX", script[256];
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	strcpy(f->nodes[0].name, "n1");
	f->pool.check.timeout_ms = 30000;
	snprintf(script, sizeof(script),
		 "test -e %s && exit 0; printf 'gone on %%s\\377 of %%s' $STEER_NODE $STEER_POOL; "
		 "exit 3",
		 path);
	command(f, script);
	configure(f);
	run_until(f, f->changes == 1);
	assert_int_equal(f->verdict, HEALTH_GOOD);
	unlink(path);
	run_until(f, f->changes == 2);
	assert_int_equal(f->verdict, HEALTH_BAD);
	assert_string_equal(f->detail, "exec /bin/sh: exit status 3: gone on n1? of web");
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	run_until(f, f->changes == 3);
	assert_int_equal(f->verdict, HEALTH_GOOD);
	unlink(path);
	close(fd);
}

/* Scripts that never end and others that flood, and a check that is none of theirs. */
static void test_checker_exec_bad_scripts_disturb_nobody(void **state)
{
	static const char *const scripts[] = {
		"trap '' TERM HUP; (trap '' TERM; sleep 1000) & sleep 1000 & while :; do wait; "
		"done",
		"yes & yes & yes",
	};
	static const char *const details[] = { "not done in 100 ms, killed",
					       "output too long: more than 64 KiB, killed" };
	struct cluster_pool pools[3];
	struct cluster_service services[3];
	struct fixture *f = *state;
	const char *detail;
	size_t i;

	assert_true(server_start(f, "127.0.0.1", 0));
	http(f, OK_EMPTY);
	f->pool.check.timeout_ms = 10000;
	pools[2] = f->pool;
	for (i = 0; i < 2; i++) {
		command(f, scripts[i]);
		f->pool.check.timeout_ms = i ? 30000 : 100;
		pools[i] = f->pool;
		strcpy(pools[i].name, i ? "floods" : "hangs");
	}
	for (i = 0; i < 3; i++) {
		services[i] = f->service;
		services[i].pool = i;
	}
	f->cluster.pools = pools;
	f->cluster.services = services;
	f->cluster.n_pools = f->cluster.n_services = 3;
	f->any_pool = true;
	configure(f);
	/* Again and again, and one after the other. */
	run_until(f, f->changes == 3 && f->server.requests >= 50);
	for (i = 0; i < 2; i++) {
		assert_int_equal(checker_get(f->checker, i, &detail), HEALTH_BAD);
		assert_non_null(strstr(detail, details[i]));
	}
	assert_int_equal(checker_get(f->checker, 2, NULL), HEALTH_GOOD);
	f->cluster.n_pools = f->cluster.n_services = 0;
	configure(f);
	run_until(f, !have_children());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_checker_exec_falls_and_rises),
		TEST(test_checker_exec_bad_scripts_disturb_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
