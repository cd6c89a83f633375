/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_LIVENESS_LIVENESS_H
#define STEER_LIVENESS_LIVENESS_H

#include <stdint.h>
#include <systemd/sd-event.h>

#include "liveness/prober.h"

/**
 * DOC: the prober on a thread of its own, and what it finds out told on the event loop.
 *
 * The thread has a prober, a timer, and nothing else to do: whatever the event loop is busy with,
 * peers are probed and judged on time. It runs under SCHED_FIFO if that is permitted, and lends the
 * event loop its urgency while a change of a peer's liveness waits to be told: on a busy machine an
 * ordinary process gets its turn only after a detection time. Callbacks are called on the event
 * loop, before its other work. They may add and remove peers, but must not free
 * the initiator. What liveness_get_status() says of a peer's state and report is what callbacks
 * have been told, and never changes between them; the counters are of the moment.
 *
 * All functions are for the event loop's thread alone.
 */
struct liveness;

struct liveness_peer_status {
	enum liveness_state state;
	uint64_t changed_ns;	       /* CLOCK_MONOTONIC, when it was noticed */
	struct liveness_report report; /* the newest; zero if never answered */
	bool has_report;
	struct prober_counters counters;
};

struct liveness_events {
	/* A peer's liveness changed. @silent_ns: since its last answer, or since it was added. */
	void (*state)(void *context, uint16_t node, enum liveness_state state, uint64_t silent_ns);
	/* A peer's report differs from the one before, or is the first. */
	void (*report)(void *context, uint16_t node, const struct liveness_report *report);
	/* All that was new has been told: the time to draw conclusions, once for what came
	 * together. */
	void (*told)(void *context);
	void *context;
};

/**
 * liveness_new - open the sockets, start the thread; nothing is sent before a peer is set.
 * @self: our node id, the discriminator of our probes
 * @auth_key: the first signs probes, answers under either are accepted
 * @events: copied; callbacks may be NULL
 *
 * Return: 0; -EINVAL for a timing out of range; what sockets, threads and the event loop return.
 */
int liveness_new(sd_event *event, uint16_t self, const struct steer_key auth_key[2],
		 const struct liveness_timing *timing, const struct liveness_events *events,
		 struct liveness **ret_liveness);
void liveness_free(struct liveness *liveness);

/* New timing or keys, sessions kept. 0, -EINVAL. */
int liveness_configure(struct liveness *liveness, const struct steer_key auth_key[2],
		       const struct liveness_timing *timing);

/* Add a peer, or change its address and keep its session. IPv4 as ::ffff:a.b.c.d. */
int liveness_set_peer(struct liveness *liveness, uint16_t node, const struct steer_addr *addr);
void liveness_remove_peer(struct liveness *liveness, uint16_t node);

/*
 * For who must wait, or has long work to do, outside of the event loop: until then, and at least
 * once, callbacks are called.
 */
void liveness_attend(struct liveness *liveness, uint64_t until_ns);

/* The state alone, at no cost; LIVENESS_UNKNOWN also of a node that is no peer. */
enum liveness_state liveness_get_state(const struct liveness *liveness, uint16_t node);

/* 0, -ENOENT. */
int liveness_get_status(struct liveness *liveness, uint16_t node,
			struct liveness_peer_status *ret_status);

/* Answers rejected so far, by reason. */
void liveness_get_rejects(struct liveness *liveness, uint64_t ret_rejects[LIVENESS_REJECTS]);

/* 0: the thread runs under SCHED_FIFO; else the negative errno of why it does not. */
int liveness_get_refused(const struct liveness *liveness);

#endif
