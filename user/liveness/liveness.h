/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_LIVENESS_LIVENESS_H
#define STEER_LIVENESS_LIVENESS_H

#include <stdint.h>
#include <systemd/sd-event.h>

#include "liveness/prober.h"

/**
 * DOC: the prober on a thread of its own, with callbacks on the event loop.
 *
 * The thread runs the prober and nothing else, so peers are probed and judged on time whatever the
 * event loop is busy with. It runs under SCHED_FIFO if that is permitted. While a change of a
 * peer's liveness waits in the mailbox, the event loop runs under SCHED_FIFO, too: on a busy
 * machine an ordinary process may wait for the CPU longer than a detection time.
 *
 * Callbacks are called on the event loop, before its other work. They may add and remove peers, but
 * must not free the struct liveness. State and report of a peer, as liveness_get_status() returns
 * them, are those last given to callbacks and never change between callbacks; counters are
 * current.
 *
 * All functions must be called on the event loop's thread.
 */
struct liveness;

struct liveness_peer_status {
	enum liveness_state state;
	uint64_t changed_ns;	       /* CLOCK_MONOTONIC, when the change was detected */
	struct liveness_report report; /* the newest; all zero without one */
	bool has_report;
	struct prober_counters counters;
};

struct liveness_events {
	/* A peer's liveness changed. @silent_ns: since its last answer, or since it was added. */
	void (*state)(void *context, uint16_t node, enum liveness_state state, uint64_t silent_ns);
	/* A peer's first report, or one that differs from the one before. */
	void (*report)(void *context, uint16_t node, const struct liveness_report *report);
	/* Called after a batch of the other two, to decide once on simultaneous changes. */
	void (*batch_done)(void *context);
	void *context;
};

/**
 * liveness_new - open the sockets and start the thread.
 * @event: the event loop
 * @self: id of this node, the discriminator of its probes
 * @auth_key: the first signs probes, answers under either are accepted
 * @timing: see session.h
 * @events: copied; callbacks may be NULL
 * @ret_liveness: free with liveness_free()
 *
 * Nothing is sent before liveness_set_peer().
 *
 * Return: 0; -EINVAL for a timing out of range; a negative errno of sockets, threads or the loop.
 */
int liveness_new(sd_event *event, uint16_t self, const struct steer_key auth_key[2],
		 const struct liveness_timing *timing, const struct liveness_events *events,
		 struct liveness **ret_liveness);
void liveness_free(struct liveness *liveness);

/* Change timing or keys; sessions continue. Return: 0, -EINVAL as liveness_new(). */
int liveness_configure(struct liveness *liveness, const struct steer_key auth_key[2],
		       const struct liveness_timing *timing);

/* The addresses that probes are sent from, see prober_set_source(). */
void liveness_set_source(struct liveness *liveness, const struct steer_addr *source4,
			 const struct steer_addr *source6);

/*
 * Add a peer, or change its address (IPv4 as ::ffff:a.b.c.d); its session continues then. Return:
 * 0, -EINVAL, -ENOMEM, a negative errno.
 */
int liveness_set_peer(struct liveness *liveness, uint16_t node, const struct steer_addr *addr);
void liveness_remove_peer(struct liveness *liveness, uint16_t node);

/*
 * Call callbacks until @until_ns, and at least once, outside of the event loop: for a caller that
 * waits or works for longer than a detection time.
 */
void liveness_attend(struct liveness *liveness, uint64_t until_ns);

/* Return: 0; -ENOENT if the node is no peer. */
int liveness_get_status(struct liveness *liveness, uint16_t node,
			struct liveness_peer_status *ret_status);

/* The number of answers by reason of rejection; LIVENESS_OK: accepted. */
void liveness_get_rejects(struct liveness *liveness, uint64_t ret_rejects[LIVENESS_REJECTS]);

/* Return: 0 if the thread runs under SCHED_FIFO; else the negative errno of why it does not. */
int liveness_get_refused(const struct liveness *liveness);

#endif
