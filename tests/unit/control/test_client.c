// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "cleanup.h"
#include "control/client.h"
#include "control/message.h"
#include "control/server.h"

struct bench {
	char directory[64];
	char path[128];
	int listener;
	pid_t child;
};

static int setup(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	strcpy(bench->directory, "/tmp/steer-test-client-XXXXXX");
	if (!mkdtemp(bench->directory))
		return -1;
	snprintf(bench->path, sizeof(bench->path), "%s/control.sock", bench->directory);
	bench->listener = -1;
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	if (bench->child > 0) {
		kill(bench->child, SIGKILL);
		waitpid(bench->child, NULL, 0);
	}
	cleanup_close(&bench->listener);
	unlink(bench->path);
	rmdir(bench->directory);
	free(bench);
	return 0;
}

static void listen_on(struct bench *bench, int backlog)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	strcpy(addr.sun_path, bench->path);
	bench->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(bench->listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(bench->listener, backlog), 0);
}

/* A daemon that says these bytes to everybody, whatever the request, and hangs up if it is to. */
static void say(struct bench *bench, const char *text, bool hang_up)
{
	pid_t parent = getpid();
	char buffer[4096];

	listen_on(bench, 8);
	bench->child = fork();
	assert_true(bench->child >= 0);
	if (bench->child)
		return;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent) {
		int fd = accept(bench->listener, NULL, NULL);

		(void)!recv(fd, buffer, sizeof(buffer), 0);
		for (size_t i = 0; text[i]; i++)
			(void)!send(fd, text + i, 1, MSG_NOSIGNAL);
		if (hang_up)
			close(fd);
	}
	_exit(0);
}

static int call(const struct bench *bench, int timeout_ms, int *ret_code, char message[512],
		json_t **ret_data)
{
	return control_call(bench->path, "status", NULL, timeout_ms, ret_code, message, ret_data);
}

/* A call that must fail with this error, and leave the outputs alone. */
static void expect_failure(const struct bench *bench, int timeout_ms, int error)
{
	char message[512] = "untouched";
	json_t *data = NULL;
	int code = 42;

	assert_int_equal(call(bench, timeout_ms, &code, message, &data), error);
	assert_int_equal(code, 42);
	assert_string_equal(message, "untouched");
	assert_null(data);
}

static void test_client_reads_an_answer_in_pieces(void **state)
{
	struct bench *bench = *state;
	_cleanup_(cleanup_json) json_t *data = NULL;
	char message[512];
	int code;

	say(bench, "{\"schema\":1,\"code\":5,\"message\":\"m\",\"data\":{\"a\":1}}\n", false);
	assert_int_equal(call(bench, 5000, &code, message, &data), 0);
	assert_int_equal(code, 5);
	assert_string_equal(message, "m");
	assert_int_equal(json_integer_value(json_object_get(data, "a")), 1);
}

static void test_client_finds_no_daemon(void **state)
{
	struct bench *bench = *state;

	expect_failure(bench, 1000, -ENOENT);
	listen_on(bench, 1);
	close(bench->listener);
	bench->listener = -1;
	expect_failure(bench, 1000, -ECONNREFUSED);
}

static void test_client_is_not_allowed(void **state)
{
	struct bench *bench = *state;

	listen_on(bench, 1);
	assert_int_equal(chmod(bench->path, 0600), 0);
	if (geteuid() == 0) {
		assert_int_equal(chmod(bench->directory, 0755), 0);
		assert_int_equal(seteuid(65534), 0);
		expect_failure(bench, 1000, -EACCES);
		assert_int_equal(seteuid(0), 0);
	} else {
		assert_int_equal(chmod(bench->path, 0), 0);
		expect_failure(bench, 1000, -EACCES);
	}
}

static void test_client_gives_up_in_time(void **state)
{
	struct bench *bench = *state;
	struct timespec from, to;

	listen_on(bench, 0);
	clock_gettime(CLOCK_MONOTONIC, &from);
	expect_failure(bench, 100, -ETIMEDOUT); /* taken into the backlog, never answered */
	expect_failure(bench, 100, -ETIMEDOUT); /* the backlog is full: connect() itself waits */
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_in_range((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000,
			190, 5000);
}

static void test_client_gives_up_on_half_an_answer(void **state)
{
	say(*state, "{\"schema\":1,", false);
	expect_failure(*state, 100, -ETIMEDOUT);
}

static void test_client_notices_a_daemon_that_goes_away(void **state)
{
	say(*state, "{\"schema\":1,", true);
	expect_failure(*state, 5000, -ECONNRESET);
}

static void test_client_refuses_what_is_no_answer(void **state)
{
	say(*state, "HTTP/1.1 400 Bad Request\r\n", false);
	expect_failure(*state, 5000, -EPROTO);
}

static void test_client_refuses_another_schema(void **state)
{
	say(*state, "{\"schema\":2,\"code\":0}\n", false);
	expect_failure(*state, 5000, -EPROTO);
}

static void test_client_names_a_path_too_long(void **state)
{
	struct bench *bench = *state;

	memset(bench->path, 'x', 110);
	expect_failure(bench, 1000, -ENAMETOOLONG);
}

static int big_answer(void *context, const struct control_peer *peer, const char *command,
		      const json_t *arguments, json_t **ret_data, char ret_message[512])
{
	char *text = calloc(1, 3000001);

	(void)context;
	(void)peer;
	(void)arguments;
	(void)ret_message;
	memset(text, 'x', 3000000);
	*ret_data = json_pack("{s:s, s:s}", "command", command, "text", text);
	free(text);
	return 0;
}

static void test_client_and_server_carry_a_long_answer(void **state)
{
	struct bench *bench = *state;
	_cleanup_(cleanup_json) json_t *data = NULL;
	char message[512];
	int code, ready[2];

	assert_int_equal(pipe(ready), 0);
	bench->child = fork();
	assert_true(bench->child >= 0);
	if (!bench->child) {
		struct control_server *server;
		sd_event *event;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sd_event_new(&event);
		if (!control_server_new(event, bench->path, big_answer, NULL, &server))
			(void)!write(ready[1], "r", 1);
		sd_event_loop(event);
		_exit(0);
	}
	assert_int_equal(read(ready[0], message, 1), 1);
	close(ready[0]);
	close(ready[1]);

	assert_int_equal(call(bench, 20000, &code, message, &data), 0);
	assert_int_equal(code, 0);
	assert_string_equal(json_string_value(json_object_get(data, "command")), "status");
	assert_int_equal(json_string_length(json_object_get(data, "text")), 3000000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_client_reads_an_answer_in_pieces),
		TEST(test_client_finds_no_daemon),
		TEST(test_client_is_not_allowed),
		TEST(test_client_gives_up_in_time),
		TEST(test_client_gives_up_on_half_an_answer),
		TEST(test_client_notices_a_daemon_that_goes_away),
		TEST(test_client_refuses_what_is_no_answer),
		TEST(test_client_refuses_another_schema),
		TEST(test_client_names_a_path_too_long),
		TEST(test_client_and_server_carry_a_long_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
