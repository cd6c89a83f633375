// SPDX-License-Identifier: GPL-2.0
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

static int answer(void *context, const struct control_peer *peer, const char *command,
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

static void bench_open(struct bench *bench, uint64_t idle_us)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
			 0);
	bench->client = fds[0];
	assert_int_equal(control_connection_new(bench->event, fds[1], idle_us, answer, bench,
						&bench->n_waiting, &bench->connection),
			 0);
}

static int setup(void **state)
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

static int teardown(void **state)
{
	struct bench *bench = *state;

	control_connection_free(bench->connection);
	sd_event_unref(bench->event);
	cleanup_close(&bench->client);
	free(bench->big);
	free(bench);
	return 0;
}

static void put(struct bench *bench, const char *text)
{
	assert_int_equal(send(bench->client, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Let the connection work until it has nothing left to do. Return: how many turns that took. */
static int settle(struct bench *bench)
{
	int turns = 0;

	while (sd_event_run(bench->event, 0) > 0)
		assert_true(++turns < 100000);
	return turns;
}

/* All the connection has said so far, and whether it has hung up. */
static bool get(struct bench *bench, char *buffer, size_t size)
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

static void test_connection_answers(void **state)
{
	struct bench *bench = *state;
	char buffer[256];

	bench_open(bench, 10000000);
	put(bench, REQUEST("count"));
	assert_false(get(bench, buffer, sizeof(buffer)));
	assert_string_equal(buffer, "{\"schema\":1,\"code\":0,\"data\":{\"n\":1}}\n");
	assert_int_equal(bench->peer.pid, getpid());
	assert_int_equal(bench->peer.uid, getuid());
	assert_int_equal(bench->peer.gid, getgid());

	put(bench, REQUEST("nonsense"));
	assert_false(get(bench, buffer, sizeof(buffer)));
	assert_string_equal(buffer,
			    "{\"schema\":1,\"code\":1,\"message\":\"no command nonsense\"}\n");
	assert_non_null(bench->connection);
}

static void test_connection_takes_a_request_in_pieces(void **state)
{
	struct bench *bench = *state;
	const char *request = REQUEST("count");
	char buffer[256];

	bench_open(bench, 10000000);
	for (size_t i = 0; request[i]; i++) {
		char piece[2] = { request[i] };

		assert_int_equal(bench->calls, 0);
		put(bench, piece);
		settle(bench);
	}
	assert_false(get(bench, buffer, sizeof(buffer)));
	assert_int_equal(bench->calls, 1);
}

static void test_connection_answers_many_in_order_one_per_turn(void **state)
{
	struct bench *bench = *state;
	char buffer[4096], expected[64];
	const char *at = buffer;

	bench_open(bench, 10000000);
	for (int i = 0; i < 50; i++)
		put(bench, REQUEST("count"));
	for (int i = 1; i <= 50; i++) {
		assert_int_equal(sd_event_run(bench->event, 0), 1);
		assert_int_equal(bench->calls, i);
	}

	assert_false(get(bench, buffer, sizeof(buffer)));
	for (int i = 1; i <= 50; i++) {
		snprintf(expected, sizeof(expected), "\"data\":{\"n\":%d}}\n", i);
		at = strstr(at, expected);
		assert_non_null(at);
	}
}

static void test_connection_answers_after_half_close(void **state)
{
	struct bench *bench = *state;
	char buffer[256];

	bench_open(bench, 10000000);
	put(bench, REQUEST("count") REQUEST("count"));
	shutdown(bench->client, SHUT_WR);
	assert_true(get(bench, buffer, sizeof(buffer)));
	assert_non_null(strstr(buffer, "{\"n\":1}}\n"));
	assert_non_null(strstr(buffer, "{\"n\":2}}\n"));
	assert_null(bench->connection);
}

static void test_connection_does_not_carry_out_a_torn_request(void **state)
{
	struct bench *bench = *state;
	char buffer[256];

	bench_open(bench, 10000000);
	put(bench, "{\"schema\":1,\"command\":\"count\"}");
	shutdown(bench->client, SHUT_WR);
	assert_true(get(bench, buffer, sizeof(buffer)));
	assert_non_null(strstr(buffer, "\"code\":1,\"message\":\"the request has no newline"));
	assert_int_equal(bench->calls, 0);
	assert_null(bench->connection);
}

static void test_connection_tells_garbage_and_closes(void **state)
{
	struct bench *bench = *state;
	char buffer[256];

	bench_open(bench, 10000000);
	put(bench, "\x16\x03\x01 hello\n" REQUEST("count"));
	assert_true(get(bench, buffer, sizeof(buffer)));
	assert_ptr_equal(strstr(buffer, "{\"schema\":1,\"code\":1,\"message\":\"not a JSON object"),
			 buffer);
	assert_int_equal(bench->calls, 0);
	assert_null(bench->connection);
}

static void test_connection_tells_too_long_and_closes(void **state)
{
	struct bench *bench = *state;
	char chunk[4096], buffer[256];
	size_t sent = 0;

	bench_open(bench, 10000000);
	memset(chunk, ' ', sizeof(chunk));
	while (bench->connection) {
		ssize_t n = send(bench->client, chunk, sizeof(chunk), MSG_NOSIGNAL);

		sent += n > 0 ? n : 0;
		settle(bench);
	}
	assert_in_range(sent, CONTROL_REQUEST_MAX, CONTROL_REQUEST_MAX + sizeof(chunk));
	assert_true(get(bench, buffer, sizeof(buffer)));
	assert_non_null(strstr(buffer, "too long"));
}

static void test_connection_accepts_the_longest_request(void **state)
{
	struct bench *bench = *state;
	_cleanup_(cleanup_free) char *request = malloc(CONTROL_REQUEST_MAX + 1);
	char buffer[256];

	bench_open(bench, 10000000);
	memset(request, ' ', CONTROL_REQUEST_MAX);
	request[CONTROL_REQUEST_MAX] = '\0';
	memcpy(request + CONTROL_REQUEST_MAX - strlen(REQUEST("count")), REQUEST("count"),
	       strlen(REQUEST("count")));
	put(bench, request);
	assert_false(get(bench, buffer, sizeof(buffer)));
	assert_non_null(strstr(buffer, "\"code\":0"));
}

static void test_connection_waits_for_a_slow_reader_without_blocking(void **state)
{
	struct bench *bench = *state;
	_cleanup_(cleanup_free) char *buffer = malloc(2 * BIG_BYTES);

	bench_open(bench, 10000000);
	put(bench, REQUEST("big") REQUEST("count"));
	settle(bench);

	/* The first answer does not fit the socket: the second request has to wait. */
	assert_int_equal(bench->calls, 1);
	assert_non_null(bench->connection);
	assert_int_equal(settle(bench), 0);

	assert_false(get(bench, buffer, 2 * BIG_BYTES));
	assert_int_equal(bench->calls, 2);
	assert_non_null(strstr(buffer, "{\"n\":2}}\n"));
}

static void test_connection_survives_a_reader_that_goes_away(void **state)
{
	struct bench *bench = *state;

	bench_open(bench, 10000000);
	put(bench, REQUEST("big"));
	assert_int_equal(sd_event_run(bench->event, 0), 1);
	cleanup_close(&bench->client);
	bench->client = -1;
	settle(bench); /* a SIGPIPE would end this test */
	assert_null(bench->connection);
}

/* Run the loop until the connection has closed itself. Return: how long that took, ms. */
static int64_t wait_for_close(struct bench *bench)
{
	struct timespec from, to;

	clock_gettime(CLOCK_MONOTONIC, &from);
	while (bench->connection)
		assert_int_equal(sd_event_run(bench->event, 5000000), 1);
	clock_gettime(CLOCK_MONOTONIC, &to);
	return (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
}

static void test_connection_tells_the_idle_and_closes(void **state)
{
	struct bench *bench = *state;
	char buffer[256];

	bench_open(bench, 50000);
	assert_in_range(wait_for_close(bench), 45, 4000);
	assert_true(get(bench, buffer, sizeof(buffer)));
	assert_string_equal(
		buffer,
		"{\"schema\":1,\"code\":1,\"message\":\"no request came within 0.05 s\"}\n");
}

static void test_connection_single_bytes_do_not_prolong_it(void **state)
{
	struct bench *bench = *state;
	struct timespec from, now;

	bench_open(bench, 50000);
	clock_gettime(CLOCK_MONOTONIC, &from);
	while (bench->connection) {
		send(bench->client, " ", 1, MSG_NOSIGNAL);
		assert_true(sd_event_run(bench->event, 10000) >= 0);
		clock_gettime(CLOCK_MONOTONIC, &now);
		assert_true(now.tv_sec - from.tv_sec < 5);
	}
}

static void test_connection_drops_who_does_not_read(void **state)
{
	struct bench *bench = *state;

	bench_open(bench, 50000);
	put(bench, REQUEST("big"));
	assert_in_range(wait_for_close(bench), 45, 4000);
}

#define WAIT(ms) "{\"schema\":1,\"command\":\"news\",\"arguments\":{\"wait_ms\":" #ms "}}\n"

static void test_connection_waits_until_woken(void **state)
{
	struct bench *bench = *state;
	char buffer[256];

	bench_open(bench, 10000000);
	put(bench, WAIT(60000) REQUEST("count"));
	assert_false(get(bench, buffer, sizeof(buffer)));
	assert_string_equal(buffer, "");
	assert_int_equal(bench->n_waiting, 1);
	assert_int_equal(bench->calls, 1);

	/* Woken in vain, it goes back to sleep: no turn is spent on it. */
	for (int i = 0; i < 10; i++)
		control_connection_wake(bench->connection);
	settle(bench);
	assert_int_equal(bench->calls, 2);
	assert_int_equal(bench->n_waiting, 1);
	assert_int_equal(settle(bench), 0);

	bench->news = true;
	control_connection_wake(bench->connection);
	assert_false(get(bench, buffer, sizeof(buffer)));
	assert_string_equal(buffer, "{\"schema\":1,\"code\":0,\"data\":{\"n\":3}}\n"
				    "{\"schema\":1,\"code\":0,\"data\":{\"n\":4}}\n");
	assert_int_equal(bench->n_waiting, 0);
	control_connection_wake(bench->connection);
	assert_int_equal(settle(bench), 0);
}

static void test_connection_wait_ends_by_time(void **state)
{
	struct bench *bench = *state;
	char buffer[256];

	bench_open(bench, 50000);
	put(bench, WAIT(200));
	while (bench->n_waiting || !bench->calls)
		assert_int_equal(sd_event_run(bench->event, 5000000), 1);
	assert_false(get(bench, buffer, sizeof(buffer)));
	assert_string_equal(buffer, "{\"schema\":1,\"code\":0,\"data\":{\"n\":2}}\n");
	/* The time for a request begins anew. */
	put(bench, REQUEST("count"));
	assert_false(get(bench, buffer, sizeof(buffer)));
	assert_non_null(strstr(buffer, "{\"n\":3}}\n"));
}

static void test_connection_wait_of_a_client_that_goes_away(void **state)
{
	struct bench *bench = *state;

	bench_open(bench, 10000000);
	put(bench, WAIT(60000));
	settle(bench);
	assert_int_equal(bench->n_waiting, 1);
	cleanup_close(&bench->client);
	bench->client = -1;
	settle(bench);
	assert_null(bench->connection);
	assert_int_equal(bench->n_waiting, 0);
}

static void test_connection_waits_after_half_close(void **state)
{
	struct bench *bench = *state;
	char buffer[256];

	bench_open(bench, 10000000);
	put(bench, WAIT(60000));
	shutdown(bench->client, SHUT_WR);
	settle(bench);
	assert_int_equal(bench->n_waiting, 1);
	bench->news = true;
	control_connection_wake(bench->connection);
	assert_true(get(bench, buffer, sizeof(buffer)));
	assert_non_null(strstr(buffer, "{\"n\":2}}\n"));
}

static void test_connection_does_not_wait_where_it_makes_no_sense(void **state)
{
	static const char *const requests[] = { WAIT(0), WAIT(-5), WAIT("60000"), WAIT(null),
						REQUEST("news") };
	struct bench *bench = *state;
	char buffer[256];

	bench_open(bench, 10000000);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		put(bench, requests[i]);
		assert_false(get(bench, buffer, sizeof(buffer)));
		assert_non_null(strstr(buffer, "\"code\":0"));
	}
	/* Nor if too many do already. */
	bench->n_waiting = CONTROL_WAITING_MAX;
	put(bench, WAIT(60000));
	assert_false(get(bench, buffer, sizeof(buffer)));
	assert_non_null(strstr(buffer, "\"code\":0"));
	assert_int_equal(bench->n_waiting, CONTROL_WAITING_MAX);
}

static void test_connection_bytes_at_random_do_no_harm(void **state)
{
	struct bench *bench = *state;
	char noise[512], buffer[65536];

	srandom(7);
	for (int round = 0; round < 500; round++) {
		bench_open(bench, 10000000);
		for (size_t i = 0; i < sizeof(noise); i++)
			noise[i] = "{}[]\":,\n\\u01 \xc3\xff\x00x"[random() % 18];
		send(bench->client, noise, sizeof(noise), MSG_NOSIGNAL);
		shutdown(bench->client, SHUT_WR);
		assert_true(get(bench, buffer, sizeof(buffer)));
		assert_non_null(strstr(buffer, "\"code\":1"));
		assert_null(bench->connection);
		cleanup_close(&bench->client);
		bench->client = -1;
	}
	assert_int_equal(bench->calls, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_connection_answers),
		TEST(test_connection_takes_a_request_in_pieces),
		TEST(test_connection_answers_many_in_order_one_per_turn),
		TEST(test_connection_answers_after_half_close),
		TEST(test_connection_does_not_carry_out_a_torn_request),
		TEST(test_connection_tells_garbage_and_closes),
		TEST(test_connection_tells_too_long_and_closes),
		TEST(test_connection_accepts_the_longest_request),
		TEST(test_connection_waits_for_a_slow_reader_without_blocking),
		TEST(test_connection_survives_a_reader_that_goes_away),
		TEST(test_connection_tells_the_idle_and_closes),
		TEST(test_connection_single_bytes_do_not_prolong_it),
		TEST(test_connection_drops_who_does_not_read),
		TEST(test_connection_waits_until_woken),
		TEST(test_connection_wait_ends_by_time),
		TEST(test_connection_wait_of_a_client_that_goes_away),
		TEST(test_connection_waits_after_half_close),
		TEST(test_connection_does_not_wait_where_it_makes_no_sense),
		TEST(test_connection_bytes_at_random_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
