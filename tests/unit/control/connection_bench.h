/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_UNIT_CONNECTION_BENCH_H
#define STEER_UNIT_CONNECTION_BENCH_H

/* DOC: one connection of a client, over a socket pair; a command that answers, and some that wait.
 */

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <cmocka.h>

#include "cleanup.h"
#include "control/connection.h"
#include "control/message.h"

#define REQUEST(command) "{\"schema\":1,\"command\":\"" command "\"}\n"
#define BIG_BYTES (3 * 1024 * 1024) /* more than any socket buffer takes */

/* One end of a socket pair is the connection's, the other one the client's. */
struct bench {
	sd_event *event;
	struct control_connection *connection;
	int client;
	size_t n_waiting;
	int calls;
	bool news; /* "news" has something to say */
	struct control_peer peer;
	char *big;
};

static inline int answer(void *context, const struct control_peer *peer, const char *command,
			 const json_t *arguments, json_t **ret_data, char ret_message[512])
{
	struct bench *bench = context;

	(void)arguments;
	bench->calls++;
	bench->peer = *peer;
	if (!strcmp(command, "big")) {
		*ret_data = json_pack("{s:s}", "text", bench->big);
		return 0;
	}
	if (!strcmp(command, "news") && !bench->news && peer->may_wait)
		return CONTROL_LATER;
	if (!strcmp(command, "count") || !strcmp(command, "news")) {
		*ret_data = json_pack("{s:i}", "n", bench->calls);
		return 0;
	}
	snprintf(ret_message, 512, "no command %s", command);
	return 1;
}

static inline void bench_open(struct bench *bench, uint64_t idle_us)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
			 0);
	bench->client = fds[0];
	assert_int_equal(control_connection_new(bench->event, fds[1], idle_us, answer, bench,
						&bench->n_waiting, &bench->connection),
			 0);
}

static inline int setup(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	bench->big = malloc(BIG_BYTES + 1);
	memset(bench->big, 'b', BIG_BYTES);
	bench->big[BIG_BYTES] = '\0';
	bench->client = -1;
	sd_event_new(&bench->event);
	*state = bench;
	return 0;
}

static inline int teardown(void **state)
{
	struct bench *bench = *state;

	control_connection_free(bench->connection);
	sd_event_unref(bench->event);
	cleanup_close(&bench->client);
	free(bench->big);
	free(bench);
	return 0;
}

static inline void put(struct bench *bench, const char *text)
{
	assert_int_equal(send(bench->client, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Let the connection work until it has nothing left to do. Return: how many turns that took. */
static inline int settle(struct bench *bench)
{
	int turns = 0;

	while (sd_event_run(bench->event, 0) > 0)
		assert_true(++turns < 100000);
	return turns;
}

/* All the connection has said so far, and whether it has hung up. */
static inline bool get(struct bench *bench, char *buffer, size_t size)
{
	size_t used = 0;
	ssize_t n;

	settle(bench);
	while ((n = recv(bench->client, buffer + used, size - 1 - used, 0)) > 0) {
		used += n;
		settle(bench);
	}
	buffer[used] = '\0';
	return n == 0 || errno == ECONNRESET;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
