// SPDX-License-Identifier: GPL-2.0
#include "connection_bench.h"

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
		TEST(test_connection_bytes_at_random_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
