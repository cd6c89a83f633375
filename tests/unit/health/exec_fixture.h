/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_UNIT_EXEC_FIXTURE_H
#define STEER_UNIT_EXEC_FIXTURE_H

/* DOC: a check that runs a command, in a directory for its files; nothing of it may stay behind. */

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

static inline uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ULL + t.tv_nsec / 1000000;
}

static inline int count_fds(void)
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

static inline bool have_children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static inline unsigned int count_children(void)
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

static inline int setup(void **state)
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
static inline int teardown(void **state)
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

static inline void on_done(void *context, const char *failure)
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

static inline void set_command(struct fixture *f, const char *path, const char *option,
			       const char *text)
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

static inline void start(struct fixture *f, const char *script)
{
	set_command(f, "/bin/sh", "-c", script);
	f->told = 0;
	assert_int_equal(check_exec_start(f->client, &f->target, on_done, f, &f->check), 0);
	assert_int_equal(f->told, 0);
}

static inline void expect(struct fixture *f, const char *script, const char *failure)
{
	start(f, script);
	run_until(f, f->told);
	assert_int_equal(f->failed, failure != NULL);
	assert_string_equal(f->failure, failure ? failure : "");
	assert_int_equal(f->told, 1);
}

/* Somebody has the fifo open for writing; see scripts with "exec 9>". */
static inline bool lives(const struct fixture *f)
{
	struct pollfd life = { .fd = f->life, .events = POLLIN };

	assert_true(poll(&life, 1, 0) >= 0);
	return !(life.revents & POLLHUP);
}

/* Scripts write as many lines as they have processes: all of them run now. */
static inline void await_lines(struct fixture *f, unsigned int n)
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
