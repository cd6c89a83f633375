/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_TESTS_HEALTH_FIXTURE_H
#define STEER_TESTS_HEALTH_FIXTURE_H

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
#include "health/checker.h"

/**
 * DOC: a checker of one pool with one service, and a server that it may check.
 */

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
	bool reconfigure_on_change, any_pool;
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

#define run_until(f, condition)                                             \
	do {                                                                \
		uint64_t _deadline_ms = now_ms() + 60000;                   \
		while (!(condition)) {                                      \
			assert_true(now_ms() < _deadline_ms);               \
			assert_true(sd_event_run((f)->event, 100000) >= 0); \
		}                                                           \
	} while (0)

static inline void conn_free(struct conn *c)
{
	struct conn **p;

	for (p = &c->server->conns; *p != c; p = &(*p)->next)
		;
	*p = c->next;
	sd_event_source_disable_unref(c->io);
	close(c->fd);
	free(c);
}

static inline int on_conn(sd_event_source *source, int fd, uint32_t revents, void *context)
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

static inline int on_accept(sd_event_source *source, int fd, uint32_t revents, void *context)
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
static inline bool server_start(struct fixture *f, const char *text, uint16_t port)
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

static inline void server_stop(struct server *s)
{
	s->io = sd_event_source_disable_unref(s->io);
	while (s->conns)
		conn_free(s->conns);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static inline void on_changed(void *context, uint16_t pool, uint16_t node,
			      enum health_verdict verdict, const char *detail)
{
	struct fixture *f = context;

	assert_true(!pool || f->any_pool);
	assert_int_equal(node, f->member.node ? f->nodes[1].id : STEER_NODE_NONE);
	f->changes++;
	f->verdict = verdict;
	snprintf(f->detail, sizeof(f->detail), "%s", detail);
	if (f->reconfigure_on_change) {
		f->pool.check.interval_ms++;
		assert_int_equal(checker_configure(f->checker, &f->cluster), 0);
	}
}

static inline void configure(struct fixture *f)
{
	assert_int_equal(checker_configure(f->checker, &f->cluster), 0);
}

static inline int setup(void **state)
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
			   .fast_interval_ms = 20,
			   .timeout_ms = 10000, /* for a busy machine; what times out has its own */
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
static inline int teardown(void **state)
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

static inline void http(struct fixture *f, const char *answer)
{
	f->pool.check.type = CHECK_HTTP;
	f->server.answer = answer;
	f->server.closes = true;
}

#define OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
