/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_LIVENESS_MAILBOX_H
#define STEER_LIVENESS_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liveness/session.h"
#include "steer/limits.h"

/**
 * DOC: what one thread has found out and the other has not heard yet.
 *
 * Bounded, whatever happens while the listener is busy: of a peer's liveness the oldest changes are
 * kept, and from then on two changes that end where they began cancel each other; of its reports
 * only the newest counts anyway. No lock: that is for who owns it.
 */
#define MAILBOX_CHANGES 4

struct mailbox_change {
	enum liveness_state state;
	uint64_t at_ns;
	uint64_t silent_ns; /* since the peer's last answer, or since it was added */
};

struct mailbox {
	size_t n_changes, n_reports;
	struct {
		uint8_t n;
		bool report;
		struct mailbox_change change[MAILBOX_CHANGES];
	} of[STEER_MAX_NODES];
};

/* The peer's state is another one than before. */
void mailbox_add_change(struct mailbox *mailbox, uint16_t node,
			const struct mailbox_change *change);

/* The peer reports something else than before. */
void mailbox_add_report(struct mailbox *mailbox, uint16_t node);

/* The peer is no more, or is another one. */
void mailbox_forget(struct mailbox *mailbox, uint16_t node);

enum mailbox_kind {
	MAILBOX_NONE,
	MAILBOX_CHANGE,
	MAILBOX_REPORT,
};

/**
 * mailbox_take - what is to be told next.
 *
 * Changes come in the order they happened, and before reports; but before it is said that a peer is
 * up, it is said what it reports, as nobody should send to a peer that does not want it.
 */
enum mailbox_kind mailbox_take(struct mailbox *mailbox, uint16_t *ret_node,
			       struct mailbox_change *ret_change);

#endif
