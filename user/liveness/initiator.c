// SPDX-License-Identifier: GPL-2.0
#include "liveness/initiator.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "cleanup.h"
#include "config/address.h"
#include "liveness/channel.h"

/*
 * What can wait in a socket's buffer at once, generously. Having read so many, everything that had
 * come by the time we began is read, even if somebody floods the port.
 */
#define DRAIN_BATCHES 512

struct peer {
	struct sockaddr_storage addr;
	socklen_t addr_length;
	struct liveness_session session;
	uint64_t sent, answered, unsent;
	int send_error;
	bool has_report;
	uint32_t report_sequence; /* of the probe the report came with */
	struct liveness_report report;
};

struct channel {
	int fd; /* -1: the kernel does without this family */
	sd_event_source *io;
};

struct initiator {
	sd_event *event;
	uint16_t self;
	struct steer_key tag_key[2];
	struct liveness_timing timing;
	struct initiator_events events;
	struct channel v4, v6;
	sd_event_source *timer;
	uint64_t next_send_ns;
	size_t n_peers;
	struct peer *peers[STEER_MAX_NODES]; /* by id */
	uint64_t rejects[LIVENESS_REJECTS];
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static bool report_equal(const struct liveness_report *a, const struct liveness_report *b)
{
	return a->admin == b->admin && a->load_percent == b->load_percent &&
	       a->generation == b->generation && a->pools_digest == b->pools_digest &&
	       a->table_digest == b->table_digest && a->admin_digest == b->admin_digest &&
	       !memcmp(a->health, b->health, sizeof(a->health));
}

/* Keep what a peer says of itself, unless an answer to a later probe has overtaken this one. */
static void take_report(struct initiator *in, uint16_t node, uint32_t sequence,
			const struct liveness_report *report)
{
	struct peer *peer = in->peers[node];
	bool news;

	if (peer->has_report && (int32_t)(sequence - peer->report_sequence) < 0)
		return;
	news = !peer->has_report || !report_equal(&peer->report, report);
	peer->has_report = true;
	peer->report_sequence = sequence;
	peer->report = *report;
	if (news && in->events.report)
		in->events.report(in->events.context, node, report);
}

static enum liveness_reject take_answer(struct initiator *in, const struct channel_incoming *answer)
{
	uint32_t node = liveness_packet_sender(answer->data, answer->length);
	struct liveness_report report;
	enum liveness_reject reject;
	struct peer *peer;
	uint32_t sequence;

	if (answer->ttl != STEER_SBFD_TTL)
		return LIVENESS_REJECT_TTL;
	if (answer->length < sizeof(struct steer_sbfd_packet))
		return LIVENESS_REJECT_SHORT;
	if (node >= STEER_MAX_NODES || !in->peers[node])
		return LIVENESS_REJECT_DISCRIMINATOR;
	reject = liveness_packet_check(answer->data, answer->length, &in->tag_key[0], in->self,
				       node, &sequence, &report);
	/* Of a probe that was sent before the keys were exchanged. */
	if (reject == LIVENESS_REJECT_TAG)
		reject = liveness_packet_check(answer->data, answer->length, &in->tag_key[1],
					       in->self, node, &sequence, &report);
	if (reject != LIVENESS_OK)
		return reject;
	peer = in->peers[node];
	if (!liveness_session_answer(&peer->session, sequence, now_ns()))
		return LIVENESS_REJECT_SEQUENCE;
	peer->answered++;
	take_report(in, node, sequence, &report);
	return LIVENESS_OK;
}

static void drain(struct initiator *in, struct channel *channel)
{
	struct channel_incoming answer[CHANNEL_BATCH];
	ssize_t i, n = CHANNEL_BATCH;
	int batch;

	if (channel->fd < 0)
		return;
	for (batch = 0; batch < DRAIN_BATCHES && n == CHANNEL_BATCH; batch++) {
		n = channel_receive(channel->fd, answer);
		for (i = 0; i < n; i++)
			in->rejects[take_answer(in, &answer[i])]++;
	}
}

/* Answers are taken when they come, so that round trips are measured and not rounded to ticks. */
static int on_io(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	struct initiator *in = context;

	(void)source;
	(void)revents;
	drain(in, fd == in->v4.fd ? &in->v4 : &in->v6);
	return 0;
}

static void judge(struct initiator *in, uint16_t node, uint64_t at_ns)
{
	struct liveness_session *session = &in->peers[node]->session;
	uint64_t since_ns = session->last_answer_ns ?: session->changed_ns;

	if (liveness_session_judge(session, &in->timing, at_ns) && in->events.state)
		in->events.state(in->events.context, node, session->state,
				 at_ns > since_ns ? at_ns - since_ns : 0);
}

/* Probe one batch of peers, all of one family. */
static void send_batch(int fd, struct peer *const *peers, struct channel_outgoing *out, size_t n)
{
	uint64_t at_ns;
	size_t i;

	channel_send(fd, out, n);
	/* After, not before: had we been paused in between, the peers would seem slow. */
	at_ns = now_ns();
	for (i = 0; i < n; i++) {
		peers[i]->send_error = out[i].error;
		if (out[i].error) {
			peers[i]->unsent++;
			continue;
		}
		peers[i]->sent++;
		liveness_session_sent(&peers[i]->session, at_ns);
	}
}

static void send_probes(struct initiator *in, int family, int fd)
{
	struct steer_sbfd_packet packet[CHANNEL_BATCH];
	struct channel_outgoing out[CHANNEL_BATCH];
	struct peer *peers[CHANNEL_BATCH];
	uint16_t node;
	size_t n = 0;

	for (node = 1; node < STEER_MAX_NODES; node++) {
		struct peer *peer = in->peers[node];

		if (!peer || peer->addr.ss_family != family)
			continue;
		liveness_packet_probe(&packet[n], &in->tag_key[0], in->self, node,
				      liveness_session_next(&peer->session), in->timing.multiplier,
				      in->timing.interval_ns / 1000);
		out[n].to = peer->addr;
		out[n].to_length = peer->addr_length;
		out[n].data = &packet[n];
		out[n].length = sizeof(packet[n]);
		peers[n] = peer;
		if (++n == CHANNEL_BATCH) {
			send_batch(fd, peers, out, n);
			n = 0;
		}
	}
	if (n)
		send_batch(fd, peers, out, n);
}

/* Wake up for the next probes, or before when a peer's time runs out. */
static int arm(struct initiator *in)
{
	uint64_t at_ns = in->next_send_ns;
	uint16_t node;
	int r;

	if (!in->n_peers)
		return sd_event_source_set_enabled(in->timer, SD_EVENT_OFF);
	for (node = 1; node < STEER_MAX_NODES; node++) {
		uint64_t due_ns = UINT64_MAX;

		if (in->peers[node])
			due_ns = liveness_session_due(&in->peers[node]->session, &in->timing);
		if (due_ns < at_ns)
			at_ns = due_ns;
	}
	r = sd_event_source_set_time(in->timer, (at_ns + 999) / 1000);
	if (r < 0)
		return r;
	return sd_event_source_set_enabled(in->timer, SD_EVENT_ONESHOT);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *context)
{
	struct initiator *in = context;
	uint64_t at_ns = now_ns(); /* before the answers are read: see liveness_session_judge() */
	uint16_t node;

	(void)source;
	(void)usec;
	drain(in, &in->v4);
	drain(in, &in->v6);
	for (node = 1; node < STEER_MAX_NODES; node++)
		if (in->peers[node])
			judge(in, node, at_ns);
	if (at_ns >= in->next_send_ns) {
		send_probes(in, AF_INET, in->v4.fd);
		send_probes(in, AF_INET6, in->v6.fd);
		/* A steady beat; but after a late tick a full interval, not a burst. */
		in->next_send_ns += in->timing.interval_ns;
		if (in->next_send_ns < at_ns + in->timing.interval_ns / 2)
			in->next_send_ns = at_ns + in->timing.interval_ns;
	}
	return arm(in);
}

static int channel_start(struct initiator *in, struct channel *channel, int family)
{
	int r;

	r = channel_open(family, &channel->fd);
	if (r == -EAFNOSUPPORT)
		return 0;
	if (r < 0)
		return r;
	return sd_event_add_io(in->event, &channel->io, channel->fd, EPOLLIN, on_io, in);
}

static void channel_stop(struct channel *channel)
{
	sd_event_source_disable_unref(channel->io);
	cleanup_close(&channel->fd);
}

static void cleanup_initiator(struct initiator **initiator)
{
	initiator_free(*initiator);
}

int initiator_new(sd_event *event, uint16_t self, const struct steer_key tag_key[2],
		  const struct liveness_timing *timing, const struct initiator_events *events,
		  struct initiator **ret_initiator)
{
	_cleanup_(cleanup_initiator) struct initiator *in = NULL;
	int r;

	in = calloc(1, sizeof(*in));
	if (!in)
		return -ENOMEM;
	in->event = sd_event_ref(event);
	in->self = self;
	in->events = *events;
	in->v4.fd = in->v6.fd = -1;
	r = channel_start(in, &in->v4, AF_INET);
	if (r < 0)
		return r;
	r = channel_start(in, &in->v6, AF_INET6);
	if (r < 0)
		return r;
	/* An accuracy of 0 would mean 250 ms. */
	r = sd_event_add_time(event, &in->timer, CLOCK_MONOTONIC, 0, 1, on_timer, in);
	if (r < 0)
		return r;
	r = sd_event_source_set_priority(in->timer, SD_EVENT_PRIORITY_IMPORTANT);
	if (r < 0)
		return r;
	r = initiator_configure(in, tag_key, timing);
	if (r < 0)
		return r;
	*ret_initiator = TAKE_PTR(in);
	return 0;
}

void initiator_free(struct initiator *in)
{
	uint16_t node;

	if (!in)
		return;
	for (node = 0; node < STEER_MAX_NODES; node++)
		free(in->peers[node]);
	sd_event_source_disable_unref(in->timer);
	channel_stop(&in->v4);
	channel_stop(&in->v6);
	sd_event_unref(in->event);
	free(in);
}

int initiator_configure(struct initiator *in, const struct steer_key tag_key[2],
			const struct liveness_timing *timing)
{
	if (!timing->interval_ns || !timing->multiplier || timing->multiplier >= LIVENESS_WINDOW ||
	    !timing->rise)
		return -EINVAL;
	memcpy(in->tag_key, tag_key, sizeof(in->tag_key));
	in->timing = *timing;
	in->next_send_ns = now_ns();
	return arm(in);
}

int initiator_set_peer(struct initiator *in, uint16_t node, const struct steer_addr *addr)
{
	struct peer *peer;
	uint32_t first;

	if (node == STEER_NODE_NONE || node >= STEER_MAX_NODES || node == in->self)
		return -EINVAL;
	peer = in->peers[node];
	if (!peer) {
		if (getrandom(&first, sizeof(first), 0) != sizeof(first))
			return -errno;
		peer = calloc(1, sizeof(*peer));
		if (!peer)
			return -ENOMEM;
		liveness_session_init(&peer->session, first, now_ns());
		in->peers[node] = peer;
		if (!in->n_peers++)
			in->next_send_ns = now_ns();
	}
	peer->addr_length = address_to_sockaddr(addr, STEER_SBFD_PORT, &peer->addr);
	return arm(in);
}

void initiator_remove_peer(struct initiator *in, uint16_t node)
{
	if (node >= STEER_MAX_NODES || !in->peers[node])
		return;
	free(TAKE_PTR(in->peers[node]));
	in->n_peers--;
}

int initiator_get_status(const struct initiator *in, uint16_t node,
			 struct initiator_peer_status *ret_status)
{
	const struct peer *peer = node < STEER_MAX_NODES ? in->peers[node] : NULL;

	if (!peer)
		return -ENOENT;
	*ret_status = (struct initiator_peer_status){
		.state = peer->session.state,
		.changed_ns = peer->session.changed_ns,
		.last_answer_ns = peer->session.last_answer_ns,
		.rtt_ns = peer->session.rtt_ns,
		.sent = peer->sent,
		.answered = peer->answered,
		.unsent = peer->unsent,
		.send_error = peer->send_error,
		.report = peer->report,
		.has_report = peer->has_report,
	};
	return 0;
}

void initiator_get_rejects(const struct initiator *in, uint64_t ret_rejects[LIVENESS_REJECTS])
{
	memcpy(ret_rejects, in->rejects, sizeof(in->rejects));
}
