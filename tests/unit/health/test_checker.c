// SPDX-License-Identifier: GPL-2.0
#include "health/checker.h"

#include <dirent.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/address.h"

/* A server that says one thing to everybody, and keeps what it was asked. */
struct server {
	int fd;
	sd_event_source *io;
	uint16_t port;
	const char *answer; /* NULL: accepts, never says a word */
	bool endless;	    /* the answer again and again, without an end */
	bool closes;
	unsigned int requests;
	char request[1024];
	struct conn *conns;
};

struct conn {
	struct server *server;
	struct conn *next;
	int fd;
	sd_event_source *io;
};

struct fixture {
	sd_event *event;
	struct checker *checker;
	struct server server;
	struct cluster cluster;
	struct cluster_node nodes[2]; /* ourselves, and an agentless one */
	struct cluster_member member;
	struct cluster_pool pool;
	struct cluster_service service;
	unsigned int changes;
	enum health_verdict verdict;
	char detail[512];
	bool reconfigure_on_change;
	int fds;
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ULL + t.tv_nsec / 1000000;
}

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

#define run_until(f, condition)                                             \
	do {                                                                \
		uint64_t _deadline_ms = now_ms() + 5000;                    \
		while (!(condition)) {                                      \
			assert_true(now_ms() < _deadline_ms);               \
			assert_true(sd_event_run((f)->event, 100000) >= 0); \
		}                                                           \
	} while (0)

static void conn_free(struct conn *c)
{
	struct conn **p;

	for (p = &c->server->conns; *p != c; p = &(*p)->next)
		;
	*p = c->next;
	sd_event_source_disable_unref(c->io);
	close(c->fd);
	free(c);
}

static int on_conn(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	struct conn *c = context;
	struct server *s = c->server;
	char data[1024];
	ssize_t n = 1;

	(void)source;
	if (revents & EPOLLIN) {
		n = recv(fd, data, sizeof(data) - 1, MSG_DONTWAIT);
		if (n > 0) {
			data[n] = '\0';
			memcpy(s->request, data, n + 1);
			s->requests++;
		}
	}
	if (n <= 0 || revents & (EPOLLHUP | EPOLLERR)) {
		conn_free(c);
		return 0;
	}
	if (!s->answer)
		return 0;
	if (s->endless) {
		sd_event_source_set_io_events(c->io, EPOLLIN | EPOLLOUT);
		while (send(fd, s->answer, strlen(s->answer), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
			;
		return 0;
	}
	send(fd, s->answer, strlen(s->answer), MSG_DONTWAIT | MSG_NOSIGNAL);
	if (s->closes)
		conn_free(c);
	return 0;
}

static int on_accept(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	struct server *s = context;
	struct conn *c = calloc(1, sizeof(*c));

	(void)source;
	(void)revents;
	assert_non_null(c);
	c->server = s;
	c->fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_true(c->fd >= 0);
	c->next = s->conns;
	s->conns = c;
	assert_true(sd_event_add_io(sd_event_source_get_event(source), &c->io, c->fd, EPOLLIN,
				    on_conn, c) >= 0);
	return 0;
}

/* @port 0: any. Return: false if the machine lacks the address. */
static bool server_start(struct fixture *f, const char *text, uint16_t port)
{
	struct server *s = &f->server;
	struct sockaddr_storage name;
	struct steer_addr addr;
	socklen_t length;
	int on = 1;

	assert_int_equal(address_parse(text, &addr), 0);
	length = address_to_sockaddr(&addr, port, &name);
	s->fd = socket(name.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return false;
	setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(s->fd, (struct sockaddr *)&name, length) < 0 || listen(s->fd, 64) < 0)
		return false;
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&name, &length), 0);
	s->port = ntohs(((struct sockaddr_in *)&name)->sin_port);
	assert_true(sd_event_add_io(f->event, &s->io, s->fd, EPOLLIN, on_accept, s) >= 0);
	f->pool.check.address = addr;
	f->pool.check.port = s->port;
	return true;
}

static void server_stop(struct server *s)
{
	s->io = sd_event_source_disable_unref(s->io);
	while (s->conns)
		conn_free(s->conns);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static void on_changed(void *context, uint16_t pool, uint16_t node, enum health_verdict verdict,
		       const char *detail)
{
	struct fixture *f = context;

	assert_int_equal(pool, 0);
	assert_int_equal(node, f->member.node ? f->nodes[1].id : STEER_NODE_NONE);
	f->changes++;
	f->verdict = verdict;
	snprintf(f->detail, sizeof(f->detail), "%s", detail);
	if (f->reconfigure_on_change) {
		f->pool.check.interval_ms++;
		assert_int_equal(checker_configure(f->checker, &f->cluster), 0);
	}
}

static void configure(struct fixture *f)
{
	assert_int_equal(checker_configure(f->checker, &f->cluster), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->fds = count_fds();
	f->server.fd = -1;
	f->pool = (struct cluster_pool){
		.name = "web",
		.members = &f->member,
		.n_members = 1,
		.check = { .type = CHECK_TCP,
			   .has_address = true,
			   .interval_ms = 20,
			   .timeout_ms = 100,
			   .rise = 2,
			   .fall = 3,
			   .path = "/health" },
	};
	f->service = (struct cluster_service){ .prefix_bits = 128, .port = 80 };
	f->cluster = (struct cluster){ .pools = &f->pool,
				       .n_pools = 1,
				       .services = &f->service,
				       .n_services = 1,
				       .nodes = f->nodes,
				       .n_nodes = 2 };
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(checker_new(f->event, on_changed, f, &f->checker), 0);
	*state = f;
	return 0;
}

/* Every test ends by looking for descriptors left behind; memory is the sanitizer's to watch. */
static int teardown(void **state)
{
	struct fixture *f = *state;
	int before = f->fds;

	checker_free(f->checker);
	server_stop(&f->server);
	sd_event_unref(f->event);
	free(f);
	assert_int_equal(count_fds(), before);
	return 0;
}

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

static void http(struct fixture *f, const char *answer)
{
	f->pool.check.type = CHECK_HTTP;
	f->server.answer = answer;
	f->server.closes = true;
}

#define OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

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
		{ "SSH-2.0-garbage\r\n", 0, HEALTH_BAD, "HTTP/0.9" },
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
	assert_non_null(strstr(f->detail, "no end"));
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_checker_tcp_falls_and_rises),
		TEST(test_checker_tcp_times_out),
		TEST(test_checker_http_asks_as_configured),
		TEST(test_checker_http_speaks_ipv6),
		TEST(test_checker_http_judges_status),
		TEST(test_checker_http_hanging_server_times_out),
		TEST(test_checker_http_endless_head_fails),
		TEST(test_checker_http_endless_body_is_cut),
		TEST(test_checker_vip_is_checked_from_itself),
		TEST(test_checker_vip_of_nobody_is_bad_at_once),
		TEST(test_checker_configure_keeps_state),
		TEST(test_checker_callback_may_reconfigure),
		TEST(test_checker_agentless_member_has_a_verdict_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
