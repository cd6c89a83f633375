/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_LIVENESS_PROBER_H
#define STEER_LIVENESS_PROBER_H

#include <stdint.h>

#include "liveness/mailbox.h"
#include "liveness/packet.h"
#include "liveness/session.h"

/**
 * DOC: an S-BFD initiator for all peers: packet.h and session.h with sockets and a schedule.
 *
 * It has no thread and no lock; the caller calls prober_run() at the times it asks for.
 *
 * There is one UDP socket per address family, with a source port other than 7784 (RFC 7881). TTL
 * 255 is sent, but not required of answers: these are authenticated, and there may be a router
 * between nodes. tx_schedule.h decides when a peer is probed.
 *
 * All answers that wait in the sockets are read before any peer is judged, and probes that a long
 * pause prevented are not made up for. A probe that could not be sent (no route, no buffer) counts
 * neither for nor against the peer. All times are of CLOCK_MONOTONIC.
 */
struct prober;

struct prober_counters {
	uint64_t sent, answered;
	uint64_t unsent;   /* probes that could not be sent */
	uint64_t rejected; /* answers that claimed to come from it */
	enum liveness_reject last_reject;
	int send_error;		 /* of the last probe: 0 or a negative errno */
	uint64_t last_answer_ns; /* 0: never */
	uint64_t rtt_ns;
	uint8_t load_percent; /* as announced; a change is no new report */
};

/**
 * prober_new - open the sockets.
 * @self: id of this node, the discriminator of its probes
 * @mailbox: takes changes and reports; must outlive the prober
 * @ret_prober: free with prober_free()
 *
 * Nothing is sent before prober_configure() and prober_set_peer(). If the kernel does not support
 * an address family, probes to its peers count as unsent.
 *
 * Return: 0 or a negative errno.
 */
int prober_new(uint16_t self, struct mailbox *mailbox, struct prober **ret_prober);
void prober_free(struct prober *prober);

/**
 * prober_configure - set keys and timing; sessions continue.
 * @auth_key: the first signs probes, answers under either are accepted
 * @timing: see session.h
 *
 * Return: 0; -EINVAL for a timing out of range.
 */
int prober_configure(struct prober *prober, const struct steer_key auth_key[2],
		     const struct liveness_timing *timing);

/*
 * Set the addresses that probes are sent from: peers answer only those from the address that they
 * know a node by. All zero: the kernel chooses.
 */
void prober_set_source(struct prober *prober, const struct steer_addr *source4,
		       const struct steer_addr *source6);

/**
 * prober_set_peer - add a peer, or change its address; its session continues then.
 *
 * Return: 1 if it was added, 0 if it was there; -EINVAL for an id that no peer can have; a negative
 * errno.
 */
int prober_set_peer(struct prober *prober, uint16_t node, const struct steer_addr *addr);

/* Remove a peer. The node must be one. */
void prober_remove_peer(struct prober *prober, uint16_t node);

/**
 * prober_run - read answers, judge peers, send the probes that are due.
 *
 * Return: when to call it again if no socket becomes readable; UINT64_MAX without peers.
 */
uint64_t prober_run(struct prober *prober);

/* The IPv4 and IPv6 socket: call prober_run() when one is readable; -1: do not wait for it. */
void prober_sockets(const struct prober *prober, int ret_fds[2]);

/* The counters of a peer. The node must be one. */
void prober_get_counters(const struct prober *prober, uint16_t node,
			 struct prober_counters *ret_counters);
/* The newest report of a peer, after MAILBOX_REPORT. */
void prober_get_report(const struct prober *prober, uint16_t node,
		       struct liveness_report *ret_report);

/* The number of answers by reason of rejection; LIVENESS_OK: accepted. */
void prober_get_rejects(const struct prober *prober, uint64_t ret_rejects[LIVENESS_REJECTS]);

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t prober_now_ns(void);

#endif
