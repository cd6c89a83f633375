// SPDX-License-Identifier: GPL-2.0
#include "liveness/prober.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "cleanup.h"
#include "config/address.h"
#include "liveness/tx_schedule.h"
#include "liveness/udp_batch.h"

/*
 * More batches than a socket's buffer can hold. After reading them, everything that had arrived
 * when reading began has been read, even while the port is flooded.
 */
#define DRAIN_BATCHES 512
/* A flood: this many more rejects than answers at once. Reading then waits for the schedule. */
#define FLOOD_REJECTS 64

struct peer {
	struct sockaddr_storage addr;
	socklen_t addr_length;
	struct liveness_session session;
	uint64_t sent, answered, unsent, rejected;
	enum liveness_reject last_reject;
	int send_error;
	bool has_report;
	uint64_t report_sequence; /* of the probe whose answer had the report */
	struct liveness_report report;
};

struct prober {
	uint16_t self;
	struct steer_key auth_key[2];
	struct liveness_timing timing;
	struct mailbox *mailbox;
	struct steer_addr source4, source6; /* of probes; all zero: the kernel chooses */
	int fd4, fd6;			    /* -1: the kernel does not support the family */
	bool flooded;			    /* sockets are read only when probes are due */
	struct tx_schedule schedule;
	size_t n_peers;
	struct peer *peers[STEER_MAX_NODES]; /* by id */
	uint16_t end;			     /* the largest id + 1 */
	uint64_t rejects[LIVENESS_REJECTS];
};

uint64_t prober_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/* Compare all but the load, which changes all the time and has no consequences. */
static bool report_equal(const struct liveness_report *a, const struct liveness_report *b)
{
	return a->admin == b->admin && a->generation == b->generation &&
	       a->pools_digest == b->pools_digest && a->table_digest == b->table_digest &&
	       a->admin_digest == b->admin_digest &&
	       !memcmp(a->health, b->health, sizeof(a->health)) &&
	       !memcmp(a->active, b->active, sizeof(a->active));
}

/* Store a peer's report, unless an answer to a later probe has overtaken this one. */
static enum liveness_reject take_report(struct prober *p, uint16_t node, uint64_t sequence,
					const struct liveness_report *report)
{
	struct peer *peer = p->peers[node];

	if (peer->has_report && (int64_t)(sequence - peer->report_sequence) < 0)
		return LIVENESS_REJECT_OVERTAKEN;
	if (!peer->has_report || !report_equal(&peer->report, report))
		mailbox_add_report(p->mailbox, node);
	peer->has_report = true;
	peer->report_sequence = sequence;
	peer->report = *report;
	return LIVENESS_OK;
}

static enum liveness_reject check_answer(const struct prober *p,
					 const struct udp_batch_incoming *answer, uint16_t node,
					 uint64_t *ret_sequence, struct liveness_report *ret_report)
{
	enum liveness_reject reject;

	reject = liveness_packet_check(answer->data, answer->length, &p->auth_key[0], p->self, node,
				       ret_sequence, ret_report);
	/* It may answer a probe that was sent before the keys were exchanged. */
	if (reject == LIVENESS_REJECT_TAG)
		reject = liveness_packet_check(answer->data, answer->length, &p->auth_key[1],
					       p->self, node, ret_sequence, ret_report);
	return reject;
}

static enum liveness_reject take_answer_of(struct prober *p, uint16_t node,
					   const struct udp_batch_incoming *answer)
{
	struct liveness_session *session = &p->peers[node]->session;
	struct liveness_report report;
	enum liveness_reject reject;
	uint64_t sequence;

	reject = check_answer(p, answer, node, &sequence, &report);
	if (reject != LIVENESS_OK)
		return reject;
	switch (liveness_session_fate(session, sequence)) {
	case LIVENESS_PROBE_NONE:
		return LIVENESS_REJECT_SEQUENCE;
	case LIVENESS_PROBE_ANSWERED:
		return LIVENESS_REJECT_REPLAY;
	case LIVENESS_PROBE_SENT:
		break;
	}
	liveness_session_answer(session, sequence, prober_now_ns());
	p->peers[node]->answered++;
	return take_report(p, node, sequence, &report);
}

static enum liveness_reject take_answer(struct prober *p, const struct udp_batch_incoming *answer)
{
	uint32_t node = liveness_packet_sender(answer->data, answer->length);
	enum liveness_reject reject;

	if (answer->length < sizeof(struct steer_bfd))
		return LIVENESS_REJECT_SHORT;
	if (node >= STEER_MAX_NODES || !p->peers[node])
		return LIVENESS_REJECT_DISCRIMINATOR;
	reject = take_answer_of(p, node, answer);
	if (reject != LIVENESS_OK) {
		p->peers[node]->rejected++;
		p->peers[node]->last_reject = reject;
	}
	return reject;
}

static void drain(struct prober *p, int fd)
{
	struct udp_batch_incoming answer[UDP_BATCH_MAX];
	ssize_t n = UDP_BATCH_MAX;
	long surplus = 0;

	if (fd < 0)
		return;
	for (int batch = 0; batch < DRAIN_BATCHES && n == UDP_BATCH_MAX; batch++) {
		n = udp_batch_receive(fd, answer);
		for (ssize_t i = 0; i < n; i++) {
			enum liveness_reject reject = take_answer(p, &answer[i]);

			p->rejects[reject]++;
			surplus += reject == LIVENESS_OK ? -1 : 1;
		}
	}
	if (surplus > FLOOD_REJECTS)
		p->flooded = true;
}

static void judge(struct prober *p, uint64_t at_ns)
{
	for (uint16_t node = 1; node < p->end; node++) {
		struct liveness_session *session;
		struct mailbox_change change;
		uint64_t since_ns;

		if (!p->peers[node])
			continue;
		session = &p->peers[node]->session;
		since_ns = session->last_answer_ns ?: session->changed_ns;
		if (!liveness_session_judge(session, &p->timing, at_ns))
			continue;
		change.state = session->state;
		change.at_ns = at_ns;
		change.silent_ns = at_ns > since_ns ? at_ns - since_ns : 0;
		mailbox_add_change(p->mailbox, node, &change);
	}
}

/* Send one batch of probes, all of one family. */
static void send_batch(int fd, struct peer *const *peers, struct udp_batch_outgoing *out, size_t n)
{
	uint64_t at_ns;

	udp_batch_send(fd, out, n);
	/* Read after sending: a pause in between must not make the peers look slow. */
	at_ns = prober_now_ns();
	for (size_t i = 0; i < n; i++) {
		peers[i]->send_error = out[i].error;
		if (out[i].error) {
			peers[i]->unsent++;
			liveness_session_unsent(&peers[i]->session);
			continue;
		}
		peers[i]->sent++;
		liveness_session_sent(&peers[i]->session, at_ns);
	}
}

static void send_slot(struct prober *p, unsigned int slot, int family, int fd)
{
	struct steer_sbfd_packet packet[UDP_BATCH_MAX];
	struct udp_batch_outgoing out[UDP_BATCH_MAX];
	struct peer *peers[UDP_BATCH_MAX];
	size_t n = 0;

	for (uint16_t node = slot; node < p->end; node += p->schedule.n_slots) {
		struct peer *peer = p->peers[node];

		if (!peer || peer->addr.ss_family != family)
			continue;
		liveness_packet_probe(&packet[n], &p->auth_key[0], p->self, node,
				      liveness_session_next(&peer->session), p->timing.multiplier,
				      p->timing.interval_ns / 1000);
		out[n].from = family == AF_INET ? p->source4 : p->source6;
		out[n].to = peer->addr;
		out[n].to_length = peer->addr_length;
		out[n].data = &packet[n];
		out[n].length = sizeof(packet[n]);
		peers[n] = peer;
		if (++n == UDP_BATCH_MAX) {
			send_batch(fd, peers, out, n);
			n = 0;
		}
	}
	if (n)
		send_batch(fd, peers, out, n);
}

static void send_due(struct prober *p, uint64_t at_ns)
{
	unsigned int slot;

	while (tx_schedule_take(&p->schedule, at_ns, &slot)) {
		send_slot(p, slot, AF_INET, p->fd4);
		send_slot(p, slot, AF_INET6, p->fd6);
		p->flooded = false;
	}
}

/* The time at which a peer goes down or the next probes are due, whichever is earlier. */
static uint64_t next_ns(const struct prober *p)
{
	uint64_t at_ns = p->schedule.next_ns;

	for (uint16_t node = 1; node < p->end; node++) {
		uint64_t due_ns = UINT64_MAX;

		if (p->peers[node])
			due_ns = liveness_session_due(&p->peers[node]->session, &p->timing);
		if (due_ns < at_ns)
			at_ns = due_ns;
	}
	return at_ns;
}

uint64_t prober_run(struct prober *p)
{
	/* Read before the sockets: see liveness_session_judge(). */
	uint64_t at_ns = prober_now_ns();

	if (!p->n_peers)
		return UINT64_MAX;
	drain(p, p->fd4);
	drain(p, p->fd6);
	judge(p, at_ns);
	send_due(p, at_ns);
	return next_ns(p);
}

void prober_sockets(const struct prober *p, int ret_fds[2])
{
	bool listen = p->n_peers && !p->flooded;

	ret_fds[0] = listen ? p->fd4 : -1;
	ret_fds[1] = listen ? p->fd6 : -1;
}

static int open_socket(int family, int *ret_fd)
{
	int r = udp_batch_open(family, ret_fd);

	return r == -EAFNOSUPPORT ? 0 : r;
}

int prober_new(uint16_t self, struct mailbox *mailbox, struct prober **ret_prober)
{
	struct prober *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->self = self;
	p->mailbox = mailbox;
	p->fd4 = p->fd6 = -1;
	r = open_socket(AF_INET, &p->fd4);
	if (r == 0)
		r = open_socket(AF_INET6, &p->fd6);
	if (r < 0) {
		prober_free(p);
		return r;
	}
	*ret_prober = p;
	return 0;
}

void prober_free(struct prober *p)
{
	if (!p)
		return;
	for (uint16_t node = 0; node < STEER_MAX_NODES; node++)
		free(p->peers[node]);
	cleanup_close(&p->fd4);
	cleanup_close(&p->fd6);
	free(p);
}

static void divide(struct prober *p)
{
	tx_schedule_divide(&p->schedule, p->timing.interval_ns, p->n_peers, UDP_BATCH_MAX);
}

int prober_configure(struct prober *p, const struct steer_key auth_key[2],
		     const struct liveness_timing *timing)
{
	if (!timing->interval_ns || !timing->multiplier || timing->multiplier >= LIVENESS_WINDOW ||
	    !timing->rise)
		return -EINVAL;
	memcpy(p->auth_key, auth_key, sizeof(p->auth_key));
	p->timing = *timing;
	tx_schedule_start(&p->schedule, prober_now_ns());
	divide(p);
	return 0;
}

void prober_set_source(struct prober *p, const struct steer_addr *source4,
		       const struct steer_addr *source6)
{
	p->source4 = *source4;
	p->source6 = *source6;
}

static int add_peer(struct prober *p, uint16_t node)
{
	struct peer *peer;
	uint64_t first;

	if (getrandom(&first, sizeof(first), 0) != sizeof(first))
		return -errno;
	peer = calloc(1, sizeof(*peer));
	if (!peer)
		return -ENOMEM;
	liveness_session_init(&peer->session, first, prober_now_ns());
	p->peers[node] = peer;
	if (!p->n_peers++)
		tx_schedule_start(&p->schedule, prober_now_ns());
	if (node >= p->end)
		p->end = node + 1;
	divide(p);
	return 1;
}

int prober_set_peer(struct prober *p, uint16_t node, const struct steer_addr *addr)
{
	int r = 0;

	if (node == STEER_NODE_NONE || node >= STEER_MAX_NODES || node == p->self)
		return -EINVAL;
	if (!p->peers[node])
		r = add_peer(p, node);
	if (r >= 0)
		p->peers[node]->addr_length =
			address_to_sockaddr(addr, STEER_SBFD_PORT, &p->peers[node]->addr);
	return r;
}

void prober_remove_peer(struct prober *p, uint16_t node)
{
	free(TAKE_PTR(p->peers[node]));
	mailbox_forget(p->mailbox, node);
	p->n_peers--;
	while (p->end && !p->peers[p->end - 1])
		p->end--;
	divide(p);
}

void prober_get_counters(const struct prober *p, uint16_t node,
			 struct prober_counters *ret_counters)
{
	const struct peer *peer = p->peers[node];

	*ret_counters = (struct prober_counters){
		.sent = peer->sent,
		.answered = peer->answered,
		.unsent = peer->unsent,
		.rejected = peer->rejected,
		.last_reject = peer->last_reject,
		.send_error = peer->send_error,
		.last_answer_ns = peer->session.last_answer_ns,
		.rtt_ns = peer->session.rtt_ns,
		.load_percent = peer->report.load_percent,
	};
}

void prober_get_report(const struct prober *p, uint16_t node, struct liveness_report *ret_report)
{
	*ret_report = p->peers[node]->report;
}

void prober_get_rejects(const struct prober *p, uint64_t ret_rejects[LIVENESS_REJECTS])
{
	memcpy(ret_rejects, p->rejects, sizeof(p->rejects));
}
