// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

#include "cleanup.h"
#include "control/message.h"
#include "control/server.h"

#define REQUEST(command) "{\"schema\":1,\"command\":\"" command "\"}\n"

struct bench {
	sd_event *event;
	struct control_server *server;
	char directory[64];
	char path[128];
	char *big;
	bool news; /* "news" has something to say */
};

static int answer(void *context, const struct control_peer *peer, const char *command,
		  const json_t *arguments, json_t **ret_data, char ret_message[512])
{
	struct bench *bench = context;

	(void)arguments;
	(void)ret_message;
	if (!strcmp(command, "news") && !bench->news && peer->may_wait)
		return CONTROL_LATER;
	if (!strcmp(command, "big"))
		*ret_data = json_pack("{s:s}", "text", bench->big);
	return 0;
}

static int setup(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	strcpy(bench->directory, "/tmp/steer-test-server-XXXXXX");
	if (!mkdtemp(bench->directory))
		return -1;
	snprintf(bench->path, sizeof(bench->path), "%s/control.sock", bench->directory);
	bench->big = calloc(1, 2000001);
	memset(bench->big, 'b', 2000000);
	sd_event_new(&bench->event);
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	control_server_free(bench->server);
	sd_event_unref(bench->event);
	unlink(bench->path);
	assert_int_equal(rmdir(bench->directory), 0);
	free(bench->big);
	free(bench);
	return 0;
}

static int start(struct bench *bench)
{
	return control_server_new(bench->event, bench->path, answer, bench, &bench->server);
}

static int dial(const struct bench *bench)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	strcpy(addr.sun_path, bench->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static void settle(struct bench *bench)
{
	int turns = 0;

	while (sd_event_run(bench->event, 0) > 0)
		assert_true(++turns < 100000);
}

static void ask(struct bench *bench, int fd, const char *text, const char *expected)
{
	char buffer[512] = "";

	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	settle(bench);
	assert_true(recv(fd, buffer, sizeof(buffer) - 1, 0) > 0);
	if (!strstr(buffer, expected))
		fail_msg("\"%s\" is not in: %s", expected, buffer);
}

static void expect_good_answer(struct bench *bench)
{
	_cleanup_(cleanup_close) int fd = dial(bench);

	ask(bench, fd, REQUEST("status"), "\"code\":0");
}

static void test_server_socket_has_its_mode_whatever_the_umask(void **state)
{
	static const mode_t masks[] = { 0, 022, 0077 };
	struct bench *bench = *state;
	struct stat st;

	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		mode_t before = umask(masks[i]);
		int r = start(bench);

		umask(before);
		assert_int_equal(r, 0);
		assert_int_equal(stat(bench->path, &st), 0);
		assert_int_equal(st.st_mode, S_IFSOCK | 0660);
		control_server_free(TAKE_PTR(bench->server));
		assert_int_equal(stat(bench->path, &st), -1);
	}
}

static void test_server_replaces_a_dead_daemons_socket(void **state)
{
	struct bench *bench = *state;
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(addr.sun_path, bench->path);
	assert_int_equal(bind(dead, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(dead, 1), 0);
	close(dead);

	assert_int_equal(start(bench), 0);
	expect_good_answer(bench);
}

static void test_server_refuses_beside_a_living_daemon(void **state)
{
	struct bench *bench = *state;
	struct control_server *second = NULL;

	assert_int_equal(start(bench), 0);
	assert_int_equal(control_server_new(bench->event, bench->path, answer, bench, &second),
			 -EADDRINUSE);
	assert_null(second);
	expect_good_answer(bench);
}

static void test_server_refuses_beside_a_hanging_daemon_with_a_full_backlog(void **state)
{
	struct bench *bench = *state;
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int hanging = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), waiting;

	strcpy(addr.sun_path, bench->path);
	assert_int_equal(bind(hanging, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(hanging, 0), 0);
	waiting = dial(bench);
	assert_int_equal(start(bench), -EADDRINUSE);
	close(waiting);
	close(hanging);
}

static void test_server_never_removes_a_file(void **state)
{
	struct bench *bench = *state;

	close(open(bench->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(start(bench), -ENOTSOCK);
	assert_int_equal(access(bench->path, F_OK), 0);
}

static void test_server_leaves_its_successors_socket(void **state)
{
	struct bench *bench = *state;
	struct control_server *first;

	assert_int_equal(start(bench), 0);
	first = TAKE_PTR(bench->server);
	unlink(bench->path);
	assert_int_equal(start(bench), 0);
	control_server_free(first);
	expect_good_answer(bench);
}

static void test_server_names_a_bad_path(void **state)
{
	struct bench *bench = *state;
	struct control_server *server = NULL;
	char path[200];

	snprintf(path, sizeof(path), "%s/nowhere/control.sock", bench->directory);
	assert_int_equal(control_server_new(bench->event, path, answer, bench, &server), -ENOENT);
	memset(path, 'x', 108);
	path[108] = '\0';
	assert_int_equal(control_server_new(bench->event, path, answer, bench, &server),
			 -ENAMETOOLONG);
	assert_null(server);
}

static void test_server_holds_32_and_tells_the_next(void **state)
{
	struct bench *bench = *state;
	int clients[CONTROL_CLIENTS_MAX];
	_cleanup_(cleanup_close) int extra = -1;
	char buffer[256] = "";

	assert_int_equal(start(bench), 0);
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		clients[i] = dial(bench);
		settle(bench);
	}

	extra = dial(bench);
	settle(bench);
	assert_true(recv(extra, buffer, sizeof(buffer) - 1, 0) > 0);
	assert_non_null(strstr(buffer, "\"code\":1,\"message\":\"too many clients"));
	assert_int_equal(recv(extra, buffer, sizeof(buffer) - 1, 0), 0);

	/* Those who are in are served, and a place that gets free is given away. */
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		ask(bench, clients[i], REQUEST("status"), "\"code\":0");
	close(clients[7]);
	settle(bench);
	expect_good_answer(bench);
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (i != 7)
			close(clients[i]);
}

static void test_server_answers_among_bad_company(void **state)
{
	struct bench *bench = *state;
	_cleanup_(cleanup_close) int silent = -1, half = -1, deaf = -1, garbage = -1;
	char endless[8192];

	assert_int_equal(start(bench), 0);
	silent = dial(bench);
	half = dial(bench);
	send(half, "{\"schema\":", 10, 0);
	deaf = dial(bench);
	for (int i = 0; i < 20; i++)
		send(deaf, REQUEST("big"), strlen(REQUEST("big")), 0);
	garbage = dial(bench);
	memset(endless, '{', sizeof(endless));
	send(garbage, endless, sizeof(endless), 0);
	settle(bench);

	for (int i = 0; i < 10; i++) {
		send(garbage, endless, sizeof(endless), MSG_NOSIGNAL);
		expect_good_answer(bench);
	}
}

static void test_server_frees_the_places_of_hanging_clients(void **state)
{
	struct bench *bench = *state;
	int clients[CONTROL_CLIENTS_MAX];
	char buffer[256];

	assert_int_equal(start(bench), 0);
	control_server_set_idle(bench->server, 50);
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		clients[i] = dial(bench);

	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		ssize_t n;

		while ((n = recv(clients[i], buffer, sizeof(buffer) - 1, 0)) < 0)
			assert_true(sd_event_run(bench->event, 5000000) > 0);
		buffer[n] = '\0';
		assert_non_null(strstr(buffer, "no request came within 0.05 s"));
		assert_int_equal(recv(clients[i], buffer, sizeof(buffer), 0), 0);
		close(clients[i]);
	}
	expect_good_answer(bench);
}

static void test_server_half_of_the_clients_may_wait(void **state)
{
	static const char wait[] =
		"{\"schema\":1,\"command\":\"news\",\"arguments\":{\"wait_ms\":60000}}\n";
	struct bench *bench = *state;
	int fd[CONTROL_CLIENTS_MAX - 1];
	char buffer[128];

	assert_int_equal(start(bench), 0);
	for (int i = 0; i < CONTROL_CLIENTS_MAX - 1; i++) {
		fd[i] = dial(bench);
		assert_true(send(fd[i], wait, strlen(wait), MSG_NOSIGNAL) > 0);
		settle(bench);
		assert_int_equal(recv(fd[i], buffer, sizeof(buffer), 0) > 0,
				 i >= CONTROL_WAITING_MAX);
	}
	expect_good_answer(bench);

	/* One that has died makes room for another one. */
	close(fd[0]);
	settle(bench);
	fd[0] = dial(bench);
	assert_true(send(fd[0], wait, strlen(wait), MSG_NOSIGNAL) > 0);
	settle(bench);
	assert_true(recv(fd[0], buffer, sizeof(buffer), 0) < 0);

	bench->news = true;
	control_server_wake(bench->server);
	settle(bench);
	for (int i = 0; i < CONTROL_WAITING_MAX; i++)
		assert_true(recv(fd[i], buffer, sizeof(buffer), 0) > 0);
	control_server_wake(NULL);
	for (int i = 0; i < CONTROL_CLIENTS_MAX - 1; i++)
		close(fd[i]);
}

static void test_server_free_hangs_up(void **state)
{
	struct bench *bench = *state;
	_cleanup_(cleanup_close) int fd = -1;
	char byte;

	assert_int_equal(start(bench), 0);
	fd = dial(bench);
	settle(bench);
	control_server_free(TAKE_PTR(bench->server));
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	control_server_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_server_socket_has_its_mode_whatever_the_umask),
		TEST(test_server_replaces_a_dead_daemons_socket),
		TEST(test_server_refuses_beside_a_living_daemon),
		TEST(test_server_refuses_beside_a_hanging_daemon_with_a_full_backlog),
		TEST(test_server_never_removes_a_file),
		TEST(test_server_leaves_its_successors_socket),
		TEST(test_server_names_a_bad_path),
		TEST(test_server_holds_32_and_tells_the_next),
		TEST(test_server_answers_among_bad_company),
		TEST(test_server_frees_the_places_of_hanging_clients),
		TEST(test_server_half_of_the_clients_may_wait),
		TEST(test_server_free_hangs_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
