// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

#include <sys/resource.h>

static void test_checker_tcp_falls_and_rises(void **state)
{
	struct fixture *f = *state;
	uint16_t port;

	assert_true(server_start(f, "127.0.0.1", 0));
	configure(f);
	assert_int_equal(checker_get(f->checker, 0, NULL), HEALTH_UNKNOWN);
	run_until(f, f->changes == 1);
	assert_int_equal(f->verdict, HEALTH_GOOD);

	port = f->server.port;
	server_stop(&f->server);
	run_until(f, f->changes == 2);
	assert_int_equal(f->verdict, HEALTH_BAD);
	assert_non_null(strstr(f->detail, "tcp 127.0.0.1:"));
	assert_non_null(strstr(f->detail, "Connection refused"));

	assert_true(server_start(f, "127.0.0.1", port));
	run_until(f, f->changes == 3);
	assert_int_equal(f->verdict, HEALTH_GOOD);
}

static void test_checker_tcp_times_out(void **state)
{
	struct fixture *f = *state;
	int fill[8], i;
	struct sockaddr_storage name;
	socklen_t length;

	/* A listener whose queue is full: SYNs go unanswered. */
	f->pool.check.timeout_ms = 100;
	assert_true(server_start(f, "127.0.0.1", 0));
	f->server.io = sd_event_source_disable_unref(f->server.io);
	assert_int_equal(listen(f->server.fd, 0), 0);
	length = address_to_sockaddr(&f->pool.check.address, f->server.port, &name);
	for (i = 0; i < 8; i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		assert_true(fill[i] >= 0);
		connect(fill[i], (struct sockaddr *)&name, length);
	}
	configure(f);
	run_until(f, f->changes == 1);
	assert_int_equal(f->verdict, HEALTH_BAD);
	assert_non_null(strstr(f->detail, "no answer in 100 ms"));
	for (i = 0; i < 8; i++)
		close(fill[i]);
}

/* At its interval when all is well, else at the fast one. */
static void test_checker_fast_interval(void **state)
{
	struct fixture *f = *state;
	uint64_t began_ms;
	uint16_t port;

	assert_true(server_start(f, "127.0.0.1", 0));
	f->pool.check.interval_ms = 3600 * 1000;
	f->pool.check.fall = 1;
	f->pool.check.rise = 3;
	port = f->server.port;
	server_stop(&f->server);
	configure(f);
	run_until(f, f->changes == 1);
	assert_int_equal(f->verdict, HEALTH_BAD);
	assert_true(server_start(f, "127.0.0.1", port));
	began_ms = now_ms();
	run_until(f, f->changes == 2);
	assert_int_equal(f->verdict, HEALTH_GOOD);
	/* Three attempts, 18 to 20 ms apart; the first comes when it will. */
	assert_true(now_ms() - began_ms >= 2 * 18);
}

static void test_checker_vip_is_checked_from_itself(void **state)
{
	struct fixture *f = *state;

	assert_true(server_start(f, "127.77.84.1", 0));
	f->pool.check.has_address = false;
	f->service.vip = f->pool.check.address;
	configure(f);
	run_until(f, f->changes == 1);
	assert_int_equal(f->verdict, HEALTH_GOOD);
	http(f, OK_EMPTY);
	configure(f);
	run_until(f, f->server.requests >= 2);
	assert_int_equal(f->changes, 1);
}

static void test_checker_vip_of_nobody_is_bad_at_once(void **state)
{
	static const enum check_type types[] = { CHECK_TCP, CHECK_HTTP };
	struct fixture *f = *state;
	unsigned int i;

	f->pool.check.has_address = false;
	f->pool.check.timeout_ms = 4000;
	assert_int_equal(address_parse("198.51.100.1", &f->service.vip), 0);
	for (i = 0; i < 2; i++) {
		uint64_t began_ms = now_ms();

		snprintf(f->pool.name, sizeof(f->pool.name), "web%u", i);
		f->pool.check.type = types[i];
		f->changes = 0;
		configure(f);
		run_until(f, f->changes == 1);
		assert_int_equal(f->verdict, HEALTH_BAD);
		assert_non_null(strstr(f->detail, "not configured on this host"));
		assert_true(now_ms() - began_ms < 2000);
	}
}

static void test_checker_configure_keeps_state(void **state)
{
	struct fixture *f = *state;
	const char *detail;

	assert_true(server_start(f, "127.0.0.1", 0));
	configure(f);
	run_until(f, f->changes == 1);
	configure(f);
	assert_int_equal(checker_get(f->checker, 0, NULL), HEALTH_GOOD);

	/* Another check of the same pool: its verdict stays until there is a result. */
	f->pool.check.port = 1;
	configure(f);
	assert_int_equal(checker_get(f->checker, 0, NULL), HEALTH_GOOD);
	run_until(f, f->changes == 2);
	assert_int_equal(f->verdict, HEALTH_BAD);
	assert_int_equal(checker_get(f->checker, 0, &detail), HEALTH_BAD);
	assert_string_equal(detail, f->detail);

	f->pool.check.type = CHECK_NONE;
	configure(f);
	assert_int_equal(checker_get(f->checker, 0, NULL), HEALTH_GOOD);
	assert_int_equal(f->changes, 2);
}

static void test_checker_callback_may_reconfigure(void **state)
{
	static const enum check_type types[] = { CHECK_TCP, CHECK_HTTP };
	struct fixture *f = *state;
	unsigned int i;

	f->reconfigure_on_change = true;
	assert_true(server_start(f, "127.0.0.1", 0));
	for (i = 0; i < 2; i++) {
		snprintf(f->pool.name, sizeof(f->pool.name), "web%u", i);
		http(f, OK_EMPTY);
		f->pool.check.type = types[i];
		f->changes = 0;
		configure(f);
		run_until(f, f->changes == 1);
		assert_int_equal(f->verdict, HEALTH_GOOD);
	}
}

/* At its own address, as a check's address would be that of everybody. */
static void test_checker_agentless_member_has_a_verdict_of_its_own(void **state)
{
	struct fixture *f = *state;
	const char *detail;

	assert_true(server_start(f, "127.0.0.1", 0));
	f->nodes[0].addr4 = f->pool.check.address;
	f->nodes[1] =
		(struct cluster_node){ .id = 9, .agentless = true, .addr4 = f->pool.check.address };
	assert_int_equal(address_parse("192.0.2.99", &f->pool.check.address), 0);
	f->member.node = 1;
	configure(f);
	assert_int_equal(checker_get_member(f->checker, 0, 9, NULL), HEALTH_UNKNOWN);
	run_until(f, f->changes == 1);
	assert_int_equal(checker_get_member(f->checker, 0, 9, NULL), HEALTH_GOOD);
	server_stop(&f->server);
	run_until(f, f->changes == 2);
	assert_int_equal(checker_get_member(f->checker, 0, 9, &detail), HEALTH_BAD);
	assert_non_null(strstr(detail, "tcp 127.0.0.1:"));
	assert_int_equal(checker_get_member(f->checker, 0, 8, NULL), HEALTH_UNKNOWN);
	/* We are no member: nothing is checked here. */
	assert_int_equal(checker_get(f->checker, 0, NULL), HEALTH_GOOD);
	configure(f);
	assert_int_equal(checker_get_member(f->checker, 0, 9, NULL), HEALTH_BAD);
}

static bool says(struct fixture *f, const char *text)
{
	const char *detail;

	return checker_get(f->checker, 0, &detail) == HEALTH_UNKNOWN && strstr(detail, text);
}

/* It is no finding about the member; but somebody should know why there is none. */
static void test_checker_says_why_it_cannot_check(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, few;

	assert_true(server_start(f, "127.0.0.1", 0));
	configure(f);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){ .rlim_cur = 3, .rlim_max = before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	run_until(f, says(f, "Too many open files"));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(f->changes, 0);
	run_until(f, f->changes == 1);
	assert_int_equal(f->verdict, HEALTH_GOOD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_checker_tcp_falls_and_rises),
		TEST(test_checker_tcp_times_out),
		TEST(test_checker_fast_interval),
		TEST(test_checker_vip_is_checked_from_itself),
		TEST(test_checker_vip_of_nobody_is_bad_at_once),
		TEST(test_checker_configure_keeps_state),
		TEST(test_checker_callback_may_reconfigure),
		TEST(test_checker_agentless_member_has_a_verdict_of_its_own),
		TEST(test_checker_says_why_it_cannot_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
