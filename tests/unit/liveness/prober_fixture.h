/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_UNIT_PROBER_FIXTURE_H
#define STEER_UNIT_PROBER_FIXTURE_H

/*
 * DOC: a prober, and two peers that answer it.
 *
 * The reflectors are threads of this process, in a network namespace of its own where that is
 * possible: the port of S-BFD is one for the whole machine, and other tests probe, too.
 */

#include "liveness/liveness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/address.h"
#include "liveness/realtime.h"

#include "../../tools/reflect.h"

#define MS 1000000ULL
#define SELF 1
#define PEER4 2
#define PEER6 3
#define NOWHERE 4
#define ADDR4 "127.77.84.2"

static const struct steer_key key = { { 0x1122334455667788, 0x99aabbccddeeff00 } };
static const struct steer_key keys[2] = {
	{ { 0x1122334455667788, 0x99aabbccddeeff00 } },
	{ { 3, 4 } },
};
/* Patient, as the reflectors here are processes on what may be a busy machine. */
static const struct liveness_timing timing = { 20 * MS, 15, 2 };
#define DETECTION_MS 295

/*
 * One peer's kernel, on a thread of its own: answers what comes in, as long as it lives. All below
 * the lock is shared, see with().
 */
struct reflector {
	int fd, stop;
	pthread_t thread;
	pthread_mutex_t lock;
	struct steer_sbfd_auth announced;
	struct steer_key key;
	unsigned int copies; /* of each answer */
	bool hold;	     /* answers are kept back; the last one can be sent later */
	struct steer_sbfd_packet answer;
	struct sockaddr_storage from;
	socklen_t from_length;
	uint64_t probes, refused;
	int last_ttl;
};

/* Evaluate an expression while the reflector does nothing. */
#define with(r, expression)                                   \
	({                                                    \
		pthread_mutex_lock(&(r)->lock);               \
		__typeof__(expression) _value = (expression); \
		pthread_mutex_unlock(&(r)->lock);             \
		_value;                                       \
	})

struct fixture {
	sd_event *event;
	struct liveness *liveness;
	struct reflector v4, v6;
	enum liveness_state state[STEER_MAX_NODES];
	unsigned int changes[STEER_MAX_NODES], reports[STEER_MAX_NODES];
	unsigned int untold; /* news since we were told that this was all */
	uint64_t silent_ns, changed_ns;
	struct liveness_report report;
	bool remove_on_change;
};

static inline uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static inline void on_state(void *context, uint16_t node, enum liveness_state state,
			    uint64_t silent_ns)
{
	struct fixture *f = context;

	f->state[node] = state;
	f->changes[node]++;
	f->untold++;
	f->silent_ns = silent_ns;
	f->changed_ns = now_ns();
	if (f->remove_on_change)
		liveness_remove_peer(f->liveness, node);
}

static inline void on_report(void *context, uint16_t node, const struct liveness_report *report)
{
	struct fixture *f = context;

	f->reports[node]++;
	f->untold++;
	f->report = *report;
}

static inline void on_told(void *context)
{
	struct fixture *f = context;

	assert_true(f->untold);
	f->untold = 0;
}

static inline void reflector_send(const struct reflector *r, const void *data, size_t length)
{
	assert_int_equal(
		sendto(r->fd, data, length, 0, (const struct sockaddr *)&r->from, r->from_length),
		length);
}

static inline void on_probe(struct reflector *r)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct steer_sbfd_packet packet;
	struct iovec iov = { &packet, sizeof(packet) };
	struct msghdr header = { &r->from, sizeof(r->from), &iov, 1, &control, sizeof(control), 0 };
	ssize_t length = recvmsg(r->fd, &header, 0);
	unsigned int i;

	if (length < 0)
		return;
	r->from_length = header.msg_namelen;
	memcpy(&r->last_ttl, CMSG_DATA(CMSG_FIRSTHDR(&header)), sizeof(r->last_ttl));
	r->probes++;
	if (!reflect(&packet, length, &r->announced, &r->key)) {
		r->refused++;
		return;
	}
	r->answer = packet;
	for (i = 0; !r->hold && i < r->copies; i++)
		reflector_send(r, &packet, sizeof(packet));
}

static inline void *reflector_run(void *context)
{
	struct reflector *r = context;
	struct pollfd fds[] = { { r->fd, POLLIN, 0 }, { r->stop, POLLIN, 0 } };

	while (poll(fds, 2, -1) >= 0 && !fds[1].revents) {
		pthread_mutex_lock(&r->lock);
		on_probe(r);
		pthread_mutex_unlock(&r->lock);
	}
	return NULL;
}

static inline void set_ttl(struct reflector *r, int family, int ttl)
{
	if (family == AF_INET)
		assert_int_equal(setsockopt(r->fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl)), 0);
	else
		assert_int_equal(
			setsockopt(r->fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &ttl, sizeof(ttl)), 0);
}

/* Return: false if the address is taken or the machine does without the family. */
static inline bool reflector_start(struct reflector *r, const char *text, uint16_t node)
{
	struct sockaddr_storage name;
	struct steer_addr addr;
	socklen_t length;
	int on = 1, family, refused;

	assert_int_equal(address_parse(text, &addr), 0);
	length = address_to_sockaddr(&addr, STEER_SBFD_PORT, &name);
	family = name.ss_family;
	*r = (struct reflector){ .announced.node = htons(node), .key = key, .copies = 1 };
	assert_int_equal(realtime_mutex(&r->lock), 0);
	reflect_seal(&r->announced, &key);
	r->fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (r->fd < 0)
		return false;
	if (bind(r->fd, (struct sockaddr *)&name, length) < 0) {
		close(r->fd);
		r->fd = -1;
		return false;
	}
	set_ttl(r, family, 255);
	assert_int_equal(
		family == AF_INET
			? setsockopt(r->fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof(on))
			: setsockopt(r->fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof(on)),
		0);
	r->stop = eventfd(0, EFD_CLOEXEC);
	/* As urgent as what it is probed by: a kernel needs no turn to answer. */
	assert_int_equal(realtime_start(&r->thread, reflector_run, r, &refused), 0);
	return true;
}

static inline void reflector_stop(struct reflector *r)
{
	if (r->fd < 0)
		return;
	eventfd_write(r->stop, 1);
	pthread_join(r->thread, NULL);
	close(r->stop);
	close(r->fd);
	r->fd = -1;
}

static inline void set_peer(struct fixture *f, uint16_t node, const char *text)
{
	struct steer_addr addr;

	assert_int_equal(address_parse(text, &addr), 0);
	assert_int_equal(liveness_set_peer(f->liveness, node, &addr), 0);
}

static inline int setup(void **state)
{
	struct liveness_events events = { on_state, on_report, on_told, NULL };
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->v4.fd = f->v6.fd = -1;
	events.context = f;
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(liveness_new(f->event, SELF, keys, &timing, &events, &f->liveness), 0);
	*state = f;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	liveness_free(f->liveness);
	reflector_stop(&f->v4);
	reflector_stop(&f->v6);
	sd_event_unref(f->event);
	free(f);
	return 0;
}

/* Run the loop until a condition holds, or fail after ten seconds. */
#define run_until(f, condition)                                           \
	do {                                                              \
		uint64_t _deadline_ns = now_ns() + 10000 * MS;            \
		while (!(condition)) {                                    \
			assert_true(now_ns() < _deadline_ns);             \
			assert_true(sd_event_run((f)->event, 1000) >= 0); \
		}                                                         \
	} while (0)

static inline struct liveness_peer_status status(struct fixture *f, uint16_t node)
{
	struct liveness_peer_status s;

	assert_int_equal(liveness_get_status(f->liveness, node, &s), 0);
	return s;
}

static inline uint64_t rejects(struct fixture *f, enum liveness_reject reason)
{
	uint64_t all[LIVENESS_REJECTS];

	liveness_get_rejects(f->liveness, all);
	return all[reason];
}

/*
 * For the group: a network of its own, with root or a user namespace; otherwise that of the
 * machine. All routes lead to lo, so that a broadcast fails for want of a permission, not of a
 * route.
 */
static inline int own_network(void **state)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	struct rtentry all = { .rt_flags = RTF_UP, .rt_dev = lo.ifr_name };
	int fd;

	(void)state;
	all.rt_dst.sa_family = all.rt_genmask.sa_family = AF_INET;
	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return 0;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &lo), 0);
	assert_int_equal(ioctl(fd, SIOCADDRT, &all), 0);
	close(fd);
	return 0;
}

static inline void start_v4(struct fixture *f)
{
	if (!reflector_start(&f->v4, ADDR4, PEER4)) {
		print_message("skipped: " ADDR4 " port 7784 is taken\n");
		skip();
	}
	set_peer(f, PEER4, ADDR4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
