/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_LIVENESS_INITIATOR_H
#define STEER_LIVENESS_INITIATOR_H

#include <stdint.h>
#include <systemd/sd-event.h>

#include "liveness/packet.h"
#include "liveness/session.h"

/**
 * DOC: probing all peers: the sockets and the timer around packet.h and session.h.
 *
 * One UDP socket per address family, source port outside 7784 (RFC 7881), TTL 255 sent and
 * required (RFC 5082). One timer serves all peers: at each tick all are probed. All answers that
 * wait in the sockets are read before anything is judged, and a late tick is not made up for.
 *
 * A probe that could not be sent (no route, no buffer) counts neither for nor against the peer.
 * Callbacks may add and remove peers, but must not free the initiator.
 */
struct initiator;

struct initiator_peer_status {
	enum liveness_state state;
	uint64_t changed_ns;	 /* CLOCK_MONOTONIC */
	uint64_t last_answer_ns; /* 0: never */
	uint64_t rtt_ns;
	uint64_t sent, answered;
	uint64_t unsent;	       /* probes that could not be sent */
	int send_error;		       /* of the last probe: 0, or the negative errno */
	struct liveness_report report; /* the newest; zero if never answered */
	bool has_report;
};

struct initiator_events {
	/* A peer's liveness changed. @silent_ns: since its last answer, or since it was added. */
	void (*state)(void *context, uint16_t node, enum liveness_state state, uint64_t silent_ns);
	/* A peer's report differs from the one before, or is the first. */
	void (*report)(void *context, uint16_t node, const struct liveness_report *report);
	void *context;
};

/**
 * initiator_new - open the sockets; nothing is sent before a peer is set.
 * @self: our node id, the discriminator of our probes
 * @tag_key: the first signs probes, answers under either are accepted
 * @events: copied; both callbacks may be NULL
 *
 * A family the kernel does not have is left out: probes to its peers are counted as unsent.
 * Return: 0; -EINVAL for a timing out of range; what sockets and the event loop return.
 */
int initiator_new(sd_event *event, uint16_t self, const struct steer_key tag_key[2],
		  const struct liveness_timing *timing, const struct initiator_events *events,
		  struct initiator **ret_initiator);
void initiator_free(struct initiator *initiator);

/* New timing or keys, sessions kept. 0, -EINVAL. */
int initiator_configure(struct initiator *initiator, const struct steer_key tag_key[2],
			const struct liveness_timing *timing);

/* Add a peer, or change its address and keep its session. IPv4 as ::ffff:a.b.c.d. */
int initiator_set_peer(struct initiator *initiator, uint16_t node, const struct steer_addr *addr);
void initiator_remove_peer(struct initiator *initiator, uint16_t node);

/* 0, -ENOENT. */
int initiator_get_status(const struct initiator *initiator, uint16_t node,
			 struct initiator_peer_status *ret_status);

/* Answers rejected so far, by reason. */
void initiator_get_rejects(const struct initiator *initiator,
			   uint64_t ret_rejects[LIVENESS_REJECTS]);

#endif
