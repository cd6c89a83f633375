// SPDX-License-Identifier: GPL-2.0
#include "liveness/liveness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
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

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void on_state(void *context, uint16_t node, enum liveness_state state, uint64_t silent_ns)
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

static void on_report(void *context, uint16_t node, const struct liveness_report *report)
{
	struct fixture *f = context;

	f->reports[node]++;
	f->untold++;
	f->report = *report;
}

static void on_told(void *context)
{
	struct fixture *f = context;

	assert_true(f->untold);
	f->untold = 0;
}

static void reflector_send(const struct reflector *r, const void *data, size_t length)
{
	assert_int_equal(
		sendto(r->fd, data, length, 0, (const struct sockaddr *)&r->from, r->from_length),
		length);
}

static void on_probe(struct reflector *r)
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

static void *reflector_run(void *context)
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

static void set_ttl(struct reflector *r, int family, int ttl)
{
	if (family == AF_INET)
		assert_int_equal(setsockopt(r->fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl)), 0);
	else
		assert_int_equal(
			setsockopt(r->fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &ttl, sizeof(ttl)), 0);
}

/* Return: false if the address is taken or the machine does without the family. */
static bool reflector_start(struct reflector *r, const char *text, uint16_t node)
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

static void reflector_stop(struct reflector *r)
{
	if (r->fd < 0)
		return;
	eventfd_write(r->stop, 1);
	pthread_join(r->thread, NULL);
	close(r->stop);
	close(r->fd);
	r->fd = -1;
}

static void set_peer(struct fixture *f, uint16_t node, const char *text)
{
	struct steer_addr addr;

	assert_int_equal(address_parse(text, &addr), 0);
	assert_int_equal(liveness_set_peer(f->liveness, node, &addr), 0);
}

static int setup(void **state)
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

static int teardown(void **state)
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

static struct liveness_peer_status status(struct fixture *f, uint16_t node)
{
	struct liveness_peer_status s;

	assert_int_equal(liveness_get_status(f->liveness, node, &s), 0);
	return s;
}

static uint64_t rejects(struct fixture *f, enum liveness_reject reason)
{
	uint64_t all[LIVENESS_REJECTS];

	liveness_get_rejects(f->liveness, all);
	return all[reason];
}

static void start_v4(struct fixture *f)
{
	if (!reflector_start(&f->v4, ADDR4, PEER4)) {
		print_message("skipped: " ADDR4 " port 7784 is taken\n");
		skip();
	}
	set_peer(f, PEER4, ADDR4);
}

static void test_initiator_peer_rises_falls_and_returns(void **state)
{
	struct fixture *f = *state;
	uint64_t stopped_ns;

	start_v4(f);
	run_until(f, f->state[PEER4] == LIVENESS_UP);
	assert_int_equal(f->changes[PEER4], 1);
	assert_int_equal(f->untold, 0);
	assert_int_equal(with(&f->v4, f->v4.last_ttl), 255);
	assert_true(status(f, PEER4).counters.rtt_ns < 1000 * MS);
	run_until(f, status(f, PEER4).counters.answered >= 10);

	/* Its kernel dies between two probes. */
	reflector_stop(&f->v4);
	stopped_ns = now_ns();
	run_until(f, f->state[PEER4] == LIVENESS_DOWN);
	assert_true(f->changed_ns - stopped_ns >= DETECTION_MS * MS);
	assert_true(f->silent_ns >= DETECTION_MS * MS);
	print_message("down %.1f ms after the death\n", (f->changed_ns - stopped_ns) / 1e6);

	assert_true(reflector_start(&f->v4, ADDR4, PEER4));
	run_until(f, f->state[PEER4] == LIVENESS_UP);
	assert_int_equal(f->changes[PEER4], 3);
}

static void test_initiator_speaks_ipv6(void **state)
{
	struct fixture *f = *state;

	if (!reflector_start(&f->v6, "::1", PEER6)) {
		print_message("skipped: no IPv6, or ::1 port 7784 is taken\n");
		skip();
	}
	set_peer(f, PEER6, "::1");
	run_until(f, f->state[PEER6] == LIVENESS_UP);
	assert_int_equal(with(&f->v6, f->v6.last_ttl), 255);
	set_ttl(&f->v6, AF_INET6, 254);
	run_until(f, f->state[PEER6] == LIVENESS_DOWN);
	assert_true(rejects(f, LIVENESS_REJECT_TTL) >= 3);
}

static void test_initiator_dead_from_the_start_is_down(void **state)
{
	struct fixture *f = *state;

	set_peer(f, PEER4, ADDR4);
	run_until(f, f->changes[PEER4]);
	assert_int_equal(f->state[PEER4], LIVENESS_DOWN);
	assert_false(status(f, PEER4).has_report);
	assert_int_equal(status(f, PEER4).counters.last_answer_ns, 0);
}

/* Broadcast needs a permission we have not asked for: a send that fails on every machine. */
static void test_initiator_unsendable_peer_is_not_accused(void **state)
{
	struct fixture *f = *state;

	set_peer(f, NOWHERE, "255.255.255.255");
	start_v4(f);
	run_until(f, status(f, NOWHERE).counters.unsent >= 10);
	assert_int_equal(status(f, NOWHERE).state, LIVENESS_UNKNOWN);
	assert_int_equal(status(f, NOWHERE).counters.send_error, -EACCES);
	assert_int_equal(status(f, NOWHERE).counters.sent, 0);
	assert_int_equal(f->changes[NOWHERE], 0);
	assert_int_equal(f->state[PEER4], LIVENESS_UP);

	/* Once it can be reached, it is judged. */
	set_peer(f, NOWHERE, "127.77.84.4");
	run_until(f, f->state[NOWHERE] == LIVENESS_DOWN);
}

/* Sleep as a stopped process does, all threads of it. */
static void stop_for_ms(unsigned int ms)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		kill(getppid(), SIGSTOP);
		usleep(1000 * ms);
		kill(getppid(), SIGCONT);
		_exit(0);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void test_initiator_paused_accuses_nobody(void **state)
{
	struct fixture *f = *state;
	uint64_t probes, resumed_ns;
	int i;

	start_v4(f);
	run_until(f, f->state[PEER4] == LIVENESS_UP);
	for (i = 0; i < 3; i++) {
		stop_for_ms(200);
		resumed_ns = now_ns();
		probes = with(&f->v4, f->v4.probes);
		run_until(f, now_ns() > resumed_ns + 60 * MS);
		assert_int_equal(f->changes[PEER4], 1);
		/* No burst to make up for lost ticks. */
		probes = with(&f->v4, f->v4.probes) - probes;
		assert_true(probes <= (now_ns() - resumed_ns) / timing.interval_ns + 2);
	}
}

/* What the thread is for. */
static void test_initiator_busy_loop_delays_no_judgement(void **state)
{
	struct fixture *f = *state;
	uint64_t stopped_ns, resumed_ns, probes;

	start_v4(f);
	run_until(f, f->state[PEER4] == LIVENESS_UP);
	probes = with(&f->v4, f->v4.probes);
	usleep(300000);
	assert_true(with(&f->v4, f->v4.probes) - probes >= 5);
	assert_int_equal(f->changes[PEER4], 1);

	reflector_stop(&f->v4);
	stopped_ns = now_ns();
	usleep(1000000);
	resumed_ns = now_ns();
	assert_int_equal(f->state[PEER4], LIVENESS_UP); /* nobody has been told */
	assert_int_equal(status(f, PEER4).state, LIVENESS_UP);
	run_until(f, f->state[PEER4] == LIVENESS_DOWN);
	print_message("noticed %.1f ms after the death\n",
		      (status(f, PEER4).changed_ns - stopped_ns) / 1e6);
	assert_true(status(f, PEER4).changed_ns < resumed_ns);
	assert_true(f->silent_ns < 1000 * MS);
}

static void test_initiator_attend_tells_outside_of_the_loop(void **state)
{
	struct fixture *f = *state;
	uint64_t began_ns = now_ns();

	start_v4(f);
	liveness_attend(f->liveness, began_ns + 300 * MS);
	assert_true(now_ns() >= began_ns + 300 * MS);
	assert_int_equal(f->state[PEER4], LIVENESS_UP);
	assert_int_equal(f->reports[PEER4], 1);
}

static void test_initiator_refuses_forged_and_foreign_answers(void **state)
{
	struct fixture *f = *state;

	start_v4(f);
	run_until(f, f->state[PEER4] == LIVENESS_UP);

	with(&f->v4, f->v4.copies = 2);
	run_until(f, rejects(f, LIVENESS_REJECT_REPLAY) >= 5);
	with(&f->v4, f->v4.copies = 1);
	assert_int_equal(f->state[PEER4], LIVENESS_UP);

	with(&f->v4, f->v4.announced.body_tag ^= 1);
	run_until(f, f->state[PEER4] == LIVENESS_DOWN);
	assert_true(rejects(f, LIVENESS_REJECT_TAG) >= 3);
	assert_true(status(f, PEER4).counters.rejected >= 3);
	assert_int_equal(status(f, PEER4).counters.last_reject, LIVENESS_REJECT_TAG);
	with(&f->v4, f->v4.announced.body_tag ^= 1);
	run_until(f, f->state[PEER4] == LIVENESS_UP);

	set_ttl(&f->v4, AF_INET, 254);
	run_until(f, f->state[PEER4] == LIVENESS_DOWN);
	assert_true(rejects(f, LIVENESS_REJECT_TTL) >= 3);
}

/* An answer as it would be to a probe with this sequence. */
static struct steer_sbfd_packet answer_to(struct reflector *r, uint64_t sequence)
{
	struct steer_sbfd_packet packet;

	liveness_packet_probe(&packet, &key, SELF, PEER4, sequence, 3, 10000);
	assert_true(reflect(&packet, sizeof(packet), &r->announced, &key));
	return packet;
}

/* Whatever comes in between the right answers is refused for its own reason and changes nothing. */
static void test_initiator_counts_each_reason(void **state)
{
	struct steer_sbfd_packet good, bad;
	struct fixture *f = *state;
	struct reflector *r = &f->v4;
	uint64_t sequence, before;

#define refused_for(reason, data, length)                       \
	do {                                                    \
		before = rejects(f, reason);                    \
		with(r, (reflector_send(r, data, length), 0));  \
		run_until(f, rejects(f, reason) == before + 1); \
	} while (0)

	start_v4(f);
	run_until(f, f->state[PEER4] == LIVENESS_UP);
	good = with(r, r->answer);
	sequence = be64toh(good.auth.sequence);

	refused_for(LIVENESS_REJECT_REPLAY, &good, sizeof(good));
	refused_for(LIVENESS_REJECT_SHORT, &good, 0);
	refused_for(LIVENESS_REJECT_SHORT, &good, sizeof(good.bfd) - 1);
	refused_for(LIVENESS_REJECT_SHORT, &good, sizeof(good.bfd));
	refused_for(LIVENESS_REJECT_SHORT, &good, sizeof(good) - 1);

	bad = good;
	bad.bfd.vers_diag = 2 << 5;
	refused_for(LIVENESS_REJECT_VERSION, &bad, sizeof(bad));
	bad = good;
	bad.auth.version = STEER_SBFD_VERSION - 1;
	refused_for(LIVENESS_REJECT_VERSION, &bad, sizeof(bad));
	bad = good;
	bad.auth.type = 4;
	refused_for(LIVENESS_REJECT_VERSION, &bad, sizeof(bad));

	bad = good;
	bad.bfd.my_disc = htonl(PEER6);
	refused_for(LIVENESS_REJECT_DISCRIMINATOR, &bad, sizeof(bad));
	bad.bfd.my_disc = htonl(UINT32_MAX);
	refused_for(LIVENESS_REJECT_DISCRIMINATOR, &bad, sizeof(bad));
	bad = good;
	bad.bfd.your_disc = htonl(PEER6);
	refused_for(LIVENESS_REJECT_DISCRIMINATOR, &bad, sizeof(bad));

	bad = good;
	bad.auth.admin = STEER_ADMIN_MAINTENANCE;
	refused_for(LIVENESS_REJECT_TAG, &bad, sizeof(bad));
	bad = good;
	bad.auth.sequence = htobe64(sequence + 2);
	refused_for(LIVENESS_REJECT_TAG, &bad, sizeof(bad));

	/* What the peer might have said long ago, in another run, or will say. */
	bad = answer_to(r, sequence - 1000);
	refused_for(LIVENESS_REJECT_SEQUENCE, &bad, sizeof(bad));
	bad = answer_to(r, sequence ^ 1ULL << 40);
	refused_for(LIVENESS_REJECT_SEQUENCE, &bad, sizeof(bad));
	bad = answer_to(r, sequence + 1000000);
	refused_for(LIVENESS_REJECT_SEQUENCE, &bad, sizeof(bad));

	assert_int_equal(f->changes[PEER4], 1);
	assert_int_equal(f->reports[PEER4], 1);
	assert_int_equal(rejects(f, LIVENESS_REJECT_TTL), 0);
	assert_int_equal(rejects(f, LIVENESS_REJECT_OVERTAKEN), 0);
#undef refused_for
}

/* Delayed on its way, an answer still shows life, but not what the peer says by now. */
static void test_initiator_old_report_changes_nothing(void **state)
{
	struct steer_sbfd_packet old;
	struct fixture *f = *state;
	struct reflector *r = &f->v4;
	uint64_t answered, probes;

	start_v4(f);
	run_until(f, f->state[PEER4] == LIVENESS_UP);
	probes = with(r, (r->hold = true, r->probes));
	run_until(f, with(r, r->probes) > probes);
	old = with(r, r->answer);
	pthread_mutex_lock(&r->lock);
	r->announced.admin = STEER_ADMIN_DRAINING;
	reflect_seal(&r->announced, &key);
	r->hold = false;
	pthread_mutex_unlock(&r->lock);
	run_until(f, f->reports[PEER4] == 2);

	answered = status(f, PEER4).counters.answered;
	with(r, (reflector_send(r, &old, sizeof(old)), 0));
	run_until(f, rejects(f, LIVENESS_REJECT_OVERTAKEN) == 1);
	assert_true(status(f, PEER4).counters.answered > answered);
	run_until(f, status(f, PEER4).counters.answered > answered + 3);
	assert_int_equal(f->reports[PEER4], 2);
	assert_int_equal(status(f, PEER4).report.admin, STEER_ADMIN_DRAINING);
	assert_int_equal(f->changes[PEER4], 1);
}

static void test_initiator_flood_drowns_no_answer(void **state)
{
	static const char garbage[sizeof(struct steer_sbfd_packet)];
	struct fixture *f = *state;
	struct reflector *r = &f->v4;
	int i, k;

	start_v4(f);
	run_until(f, f->state[PEER4] == LIVENESS_UP);
	for (i = 0; i < 100; i++) {
		for (k = 0; k < 200; k++)
			with(r, (reflector_send(r, garbage, sizeof(garbage)), 0));
		assert_true(sd_event_run(f->event, 1000) >= 0);
	}
	run_until(f, rejects(f, LIVENESS_REJECT_DISCRIMINATOR) == 100 * 200);
	assert_int_equal(f->changes[PEER4], 1);
}

static void test_initiator_reports_once_per_change(void **state)
{
	struct fixture *f = *state;
	uint64_t answered;

	start_v4(f);
	run_until(f, f->reports[PEER4]);
	assert_int_equal(f->report.admin, STEER_ADMIN_ACTIVE);
	answered = status(f, PEER4).counters.answered;
	run_until(f, status(f, PEER4).counters.answered >= answered + 5);
	assert_int_equal(f->reports[PEER4], 1);

	pthread_mutex_lock(&f->v4.lock);
	f->v4.announced.admin = STEER_ADMIN_DRAINING;
	f->v4.announced.health[3] = 0x80;
	reflect_seal(&f->v4.announced, &key);
	pthread_mutex_unlock(&f->v4.lock);
	run_until(f, f->reports[PEER4] == 2);
	assert_int_equal(f->report.admin, STEER_ADMIN_DRAINING);
	assert_int_equal(f->report.health[3], 0x80);
	assert_int_equal(status(f, PEER4).report.admin, STEER_ADMIN_DRAINING);
	assert_int_equal(f->state[PEER4], LIVENESS_UP);

	/* It becomes the active member of a pool. */
	pthread_mutex_lock(&f->v4.lock);
	f->v4.announced.active[7].node = htons(5);
	f->v4.announced.active[7].term = htons(258);
	reflect_seal(&f->v4.announced, &key);
	pthread_mutex_unlock(&f->v4.lock);
	run_until(f, f->reports[PEER4] == 3);
	assert_int_equal(f->report.active[7].node, 5);
	assert_int_equal(f->report.active[7].term, 258);
	assert_int_equal(f->report.active[0].term, 0);
}

static void test_initiator_new_key_keeps_sessions(void **state)
{
	static const struct steer_key others[2] = { { { 1, 2 } }, { { 3, 4 } } };
	struct fixture *f = *state;
	uint64_t answered;

	start_v4(f);
	run_until(f, f->state[PEER4] == LIVENESS_UP);
	assert_int_equal(with(&f->v4, f->v4.refused), 0);
	assert_int_equal(liveness_configure(f->liveness, others, &timing), 0);
	run_until(f, with(&f->v4, f->v4.refused));
	pthread_mutex_lock(&f->v4.lock);
	f->v4.key = others[0];
	reflect_seal(&f->v4.announced, &others[0]);
	pthread_mutex_unlock(&f->v4.lock);
	answered = status(f, PEER4).counters.answered;
	run_until(f, status(f, PEER4).counters.answered >= answered + 5);
	assert_int_equal(f->changes[PEER4], 1);
}

static void test_initiator_callback_may_remove_peer(void **state)
{
	struct liveness_peer_status s;
	struct fixture *f = *state;

	f->remove_on_change = true;
	start_v4(f);
	run_until(f, f->changes[PEER4]);
	assert_int_equal(liveness_get_status(f->liveness, PEER4, &s), -ENOENT);
	/* An answer that comes after is of no peer, and the loop has nothing left to do. */
	while (sd_event_run(f->event, 50000) > 0)
		;
	assert_int_equal(f->changes[PEER4], 1);
}

static void test_initiator_many_peers_are_all_probed(void **state)
{
	struct fixture *f = *state;
	char text[ADDRESS_TEXT_MAX];
	uint16_t node;

	/* More than one batch, a dead one in the middle of each. */
	start_v4(f);
	for (node = 10; node < 110; node++) {
		snprintf(text, sizeof(text), "%s", node % 10 ? "127.77.84.9" : "255.255.255.255");
		set_peer(f, node, text);
	}
	run_until(f, f->state[PEER4] == LIVENESS_UP);
	for (node = 10; node < 110; node++) {
		if (node % 10)
			run_until(f, f->state[node] == LIVENESS_DOWN);
		else
			run_until(f, status(f, node).counters.unsent >= 3);
		assert_int_equal(f->state[node], node % 10 ? LIVENESS_DOWN : LIVENESS_UNKNOWN);
		assert_true(node % 10 == 0 || status(f, node).counters.sent >= 3);
	}
}

static void test_initiator_refuses_bad_arguments(void **state)
{
	static const struct liveness_timing bad[] = {
		{ 0, 3, 2 }, { 10 * MS, 0, 2 }, { 10 * MS, LIVENESS_WINDOW, 2 }, { 10 * MS, 3, 0 }
	};
	struct fixture *f = *state;
	struct steer_addr addr;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(liveness_configure(f->liveness, keys, &bad[i]), -EINVAL);
	assert_int_equal(address_parse(ADDR4, &addr), 0);
	assert_int_equal(liveness_set_peer(f->liveness, 0, &addr), -EINVAL);
	assert_int_equal(liveness_set_peer(f->liveness, SELF, &addr), -EINVAL);
	assert_int_equal(liveness_set_peer(f->liveness, STEER_MAX_NODES, &addr), -EINVAL);
	liveness_remove_peer(f->liveness, STEER_MAX_NODES);
	liveness_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_initiator_peer_rises_falls_and_returns),
		TEST(test_initiator_speaks_ipv6),
		TEST(test_initiator_dead_from_the_start_is_down),
		TEST(test_initiator_unsendable_peer_is_not_accused),
		TEST(test_initiator_paused_accuses_nobody),
		TEST(test_initiator_busy_loop_delays_no_judgement),
		TEST(test_initiator_attend_tells_outside_of_the_loop),
		TEST(test_initiator_refuses_forged_and_foreign_answers),
		TEST(test_initiator_counts_each_reason),
		TEST(test_initiator_old_report_changes_nothing),
		TEST(test_initiator_flood_drowns_no_answer),
		TEST(test_initiator_reports_once_per_change),
		TEST(test_initiator_new_key_keeps_sessions),
		TEST(test_initiator_callback_may_remove_peer),
		TEST(test_initiator_many_peers_are_all_probed),
		TEST(test_initiator_refuses_bad_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
