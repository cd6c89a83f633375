/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_LIVENESS_PROBER_H
#define STEER_LIVENESS_PROBER_H

#include <stdint.h>

#include "liveness/mailbox.h"
#include "liveness/packet.h"
#include "liveness/session.h"

/**
 * DOC: probing all peers: the sockets and the beat around packet.h and session.h. No thread and no
 * lock: whoever calls prober_run() when it wants to be called has an initiator.
 *
 * One UDP socket per address family, source port outside 7784 (RFC 7881), TTL 255 sent and
 * required (RFC 5082). When whose probes leave is schedule.h's to say.
 *
 * All answers that wait in the sockets are read before anything is judged, and a late beat is not
 * made up for. A probe that could not be sent (no route, no buffer) counts neither for nor against
 * the peer. Time is CLOCK_MONOTONIC, and nothing else.
 */
struct prober;

struct prober_counters {
	uint64_t sent, answered;
	uint64_t unsent;   /* probes that could not be sent */
	uint64_t rejected; /* answers that were in its name */
	enum liveness_reject last_reject;
	int send_error;		 /* of the last probe: 0, or the negative errno */
	uint64_t last_answer_ns; /* 0: never */
	uint64_t rtt_ns;
	uint8_t load_percent; /* as it says; not worth news */
};

/**
 * prober_new - open the sockets; nothing is sent before a peer is set.
 * @self: our node id, the discriminator of our probes
 * @mailbox: where changes are put; must outlive the prober
 *
 * A family the kernel does not have is left out: probes to its peers are counted as unsent.
 */
int prober_new(uint16_t self, struct mailbox *mailbox, struct prober **ret_prober);
void prober_free(struct prober *prober);

/* Timing and keys, sessions kept: the first key signs, answers under either count. 0, -EINVAL. */
int prober_configure(struct prober *prober, const struct steer_key auth_key[2],
		     const struct liveness_timing *timing);

/* Add a peer, or change its address and keep its session. 1: added, 0: kept, negative errno. */
int prober_set_peer(struct prober *prober, uint16_t node, const struct steer_addr *addr);
void prober_remove_peer(struct prober *prober, uint16_t node);

/* Take answers, judge, send what is due. Return: when to be called again, if no answer comes. */
uint64_t prober_run(struct prober *prober);

/* Its sockets, IPv4 and IPv6: call prober_run() when one is readable; -1: do not care about it. */
void prober_sockets(const struct prober *prober, int ret_fds[2]);

/* For a node that is a peer. */
void prober_get_counters(const struct prober *prober, uint16_t node,
			 struct prober_counters *ret_counters);
/* Its newest, if there has been news of one. */
void prober_get_report(const struct prober *prober, uint16_t node,
		       struct liveness_report *ret_report);

/* Answers rejected so far, by reason. */
void prober_get_rejects(const struct prober *prober, uint64_t ret_rejects[LIVENESS_REJECTS]);

/* CLOCK_MONOTONIC. */
uint64_t prober_now_ns(void);

#endif
