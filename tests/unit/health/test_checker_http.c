// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

static void test_checker_http_asks_as_configured(void **state)
{
	struct fixture *f = *state;

	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	http(f, OK_EMPTY);
	strcpy(f->pool.check.host, "www.example.com");
	strcpy(f->pool.check.path, "/a/../b?c=d");
	assert_true(server_start(f, "127.0.0.1", 0));
	configure(f);
	run_until(f, f->changes == 1);
	unsetenv("http_proxy");
	assert_int_equal(f->verdict, HEALTH_GOOD);
	assert_ptr_equal(strstr(f->server.request, "GET /a/../b?c=d HTTP/1.1\r\n"),
			 f->server.request);
	assert_non_null(strstr(f->server.request, "\r\nHost: www.example.com\r\n"));
	assert_non_null(strstr(f->server.request, "\r\nUser-Agent: steer/" STEER_VERSION "\r\n"));
}

static void test_checker_http_speaks_ipv6(void **state)
{
	struct fixture *f = *state;

	http(f, OK_EMPTY);
	if (!server_start(f, "::1", 0)) {
		print_message("skipped: no IPv6 on the loopback\n");
		skip();
	}
	configure(f);
	run_until(f, f->changes == 1);
	assert_int_equal(f->verdict, HEALTH_GOOD);
	assert_non_null(strstr(f->server.request, "\r\nHost: [::1]:"));
}

static void test_checker_http_judges_status(void **state)
{
	static const struct {
		const char *answer;
		uint16_t expected;
		enum health_verdict verdict;
		const char *detail;
	} cases[] = {
		{ "HTTP/1.0 204 x\r\n\r\n", 0, HEALTH_GOOD, "healthy" },
		{ "HTTP/1.1 302 x\r\nLocation: http://127.0.0.1:1/\r\n\r\n", 0, HEALTH_GOOD, "" },
		{ "HTTP/1.1 503 x\r\n\r\n", 0, HEALTH_BAD, "status 503, expected 200 to 399" },
		{ "HTTP/1.1 404 x\r\n\r\n", 404, HEALTH_GOOD, "" },
		{ "HTTP/1.1 200 x\r\n\r\n", 204, HEALTH_BAD, "status 200, expected 204" },
		{ "HTTP/nonsense\r\n\r\n", 0, HEALTH_BAD, "no status" },
		{ "HTTP/.1 404 x\r\n\r\n", 0, HEALTH_BAD, "no status" },
		{ "HTTP/1.1 103 x\r\n\r\nHTTP/1.1 200 x\r\n\r\n", 200, HEALTH_GOOD, "" },
		{ "SSH-2.0-garbage\r\n", 0, HEALTH_BAD, "no status" },
		{ "HTTP/1.1 200 x\r\nContent-Length: 9\r\n\r\nshort", 0, HEALTH_BAD, "" },
		{ "", 0, HEALTH_BAD, "" },
	};
	struct fixture *f = *state;
	size_t i;

	assert_true(server_start(f, "127.0.0.1", 0));
	f->pool.check.rise = f->pool.check.fall = 1;
	f->pool.check.interval_ms = 1000;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		http(f, cases[i].answer);
		/* A pool of another name starts from nothing. */
		snprintf(f->pool.name, sizeof(f->pool.name), "web%zu", i);
		f->pool.check.status = cases[i].expected;
		f->changes = 0;
		configure(f);
		run_until(f, f->changes);
		assert_int_equal(f->verdict, cases[i].verdict);
		assert_non_null(strstr(f->detail, cases[i].detail));
	}
}

static void test_checker_http_hanging_server_times_out(void **state)
{
	struct fixture *f = *state;

	http(f, NULL);
	f->pool.check.timeout_ms = 100;
	assert_true(server_start(f, "127.0.0.1", 0));
	configure(f);
	run_until(f, f->changes == 1);
	assert_int_equal(f->verdict, HEALTH_BAD);
	assert_non_null(strstr(f->detail, "/health: no answer in 100 ms"));
	/* Attempts follow each other, they do not pile up. */
	run_until(f, f->server.requests >= 3);
	run_until(f, !f->server.conns || !f->server.conns->next);
}

static void test_checker_http_endless_head_fails(void **state)
{
	struct fixture *f = *state;

	http(f, "HTTP/1.1 100 Continue\r\nX-Y: zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\r\n\r\n");
	f->server.endless = true;
	f->pool.check.timeout_ms = 3000;
	assert_true(server_start(f, "127.0.0.1", 0));
	configure(f);
	run_until(f, f->changes == 1);
	assert_int_equal(f->verdict, HEALTH_BAD);
	assert_non_null(strstr(f->detail, "longer than 64 KiB"));
}

static void test_checker_http_endless_body_is_cut(void **state)
{
	struct fixture *f = *state;

	/* What follows the first head is its body, until the connection closes: never. */
	http(f, "HTTP/1.1 200 OK\r\n\r\n");
	f->server.endless = true;
	f->pool.check.timeout_ms = 3000;
	assert_true(server_start(f, "127.0.0.1", 0));
	configure(f);
	run_until(f, f->changes == 1);
	assert_int_equal(f->verdict, HEALTH_GOOD);
}

#define OK_BODY(length, body) "HTTP/1.1 200 OK\r\nContent-Length: " length "\r\n\r\n" body

static void test_checker_http_judges_body(void **state)
{
	static const struct {
		const char *answer, *body;
		enum health_verdict verdict;
		const char *detail;
	} cases[] = {
		{ OK_BODY("6", "all ok"), "ok", HEALTH_GOOD, "" },
		{ OK_BODY("6", "all ok"), "OK", HEALTH_BAD,
		  "/health: body does not contain \"OK\"" },
		{ OK_BODY("6", "all ok"), ".*", HEALTH_BAD, "does not contain" },
		{ OK_EMPTY, "ok", HEALTH_BAD, "does not contain" },
		{ "HTTP/1.1 200 OK\r\nX: ok\r\n\r\nno", "ok", HEALTH_BAD, "does not contain" },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		  "1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
		  "ok", HEALTH_GOOD, "" },
		{ "HTTP/1.1 500 x\r\nContent-Length: 2\r\n\r\nok", "ok", HEALTH_BAD, "status 500" },
		{ OK_BODY("9", "ok"), "ok", HEALTH_BAD, "" }, /* and then it breaks off */
	};
	struct fixture *f = *state;
	size_t i;

	assert_true(server_start(f, "127.0.0.1", 0));
	f->pool.check.interval_ms = f->pool.check.fast_interval_ms = 1000;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		http(f, cases[i].answer);
		snprintf(f->pool.name, sizeof(f->pool.name), "web%zu", i);
		strcpy(f->pool.check.body, cases[i].body);
		f->changes = 0;
		configure(f);
		run_until(f, f->changes);
		assert_int_equal(f->verdict, cases[i].verdict);
		assert_non_null(strstr(f->detail, cases[i].detail));
	}
}

/* The end of the first 64 KiB: what lies behind is not read, what lies across does not count. */
static void test_checker_http_looks_at_64_kib_of_body(void **state)
{
	static const struct {
		size_t before;
		enum health_verdict verdict;
	} cases[] = { { 65536 - 4, HEALTH_GOOD },
		      { 65536 - 3, HEALTH_BAD },
		      { 65536, HEALTH_BAD } };
	struct fixture *f = *state;
	size_t head, i;
	char *answer = malloc(300000);

	assert_non_null(answer);
	assert_true(server_start(f, "127.0.0.1", 0));
	f->pool.check.interval_ms = f->pool.check.fast_interval_ms = 1000;
	strcpy(f->pool.check.body, "here");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		head = sprintf(answer, "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n");
		memset(answer + head, 'x', 200000);
		answer[head + 200000] = '\0';
		memcpy(answer + head + cases[i].before, "here", 4);
		http(f, answer);
		f->server.closes = false;
		snprintf(f->pool.name, sizeof(f->pool.name), "web%zu", i);
		f->changes = 0;
		configure(f);
		run_until(f, f->changes);
		assert_int_equal(f->verdict, cases[i].verdict);
		if (f->verdict == HEALTH_BAD)
			assert_non_null(strstr(
				f->detail, "body does not contain \"here\" in its first 64 KiB"));
	}
	server_stop(&f->server);
	free(answer);
}

/* What speaks no TLS, and what says nothing at all. */
static void test_checker_https_bad_servers(void **state)
{
	struct fixture *f = *state;

	assert_true(server_start(f, "127.0.0.1", 0));
	http(f, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	f->pool.check.type = CHECK_HTTPS;
	f->pool.check.insecure = true;
	configure(f);
	run_until(f, f->changes == 1);
	assert_int_equal(f->verdict, HEALTH_BAD);
	assert_non_null(strstr(f->detail, "https 127.0.0.1:"));
	assert_non_null(strstr(f->detail, "unexpected TLS packet"));

	http(f, NULL);
	strcpy(f->pool.name, "hanging");
	f->pool.check.timeout_ms = 100;
	f->changes = 0;
	configure(f);
	run_until(f, f->changes == 1);
	assert_int_equal(f->verdict, HEALTH_BAD);
	assert_non_null(strstr(f->detail, "/health: no answer in 100 ms"));
	run_until(f, f->server.requests >= 5);
	run_until(f, !f->server.conns || !f->server.conns->next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_checker_http_asks_as_configured),
		TEST(test_checker_http_speaks_ipv6),
		TEST(test_checker_http_judges_status),
		TEST(test_checker_http_hanging_server_times_out),
		TEST(test_checker_http_endless_head_fails),
		TEST(test_checker_http_endless_body_is_cut),
		TEST(test_checker_http_judges_body),
		TEST(test_checker_http_looks_at_64_kib_of_body),
		TEST(test_checker_https_bad_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
