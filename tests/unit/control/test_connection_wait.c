// SPDX-License-Identifier: GPL-2.0
#include "connection_bench.h"
#include "control/limits.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
