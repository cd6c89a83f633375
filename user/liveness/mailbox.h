/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_LIVENESS_MAILBOX_H
#define STEER_LIVENESS_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liveness/session.h"
#include "steer/limits.h"

/**
 * DOC: bounded mailbox from the prober thread to the event loop.
 *
 * It holds the changes and reports of peers that callbacks have not been called for. Its size is
 * bounded however long the event loop is busy: it keeps the oldest MAILBOX_CHANGES changes of a
 * peer's liveness, and further changes cancel each other in pairs, as two of them end in the state
 * in which they began. Of a peer's reports only the newest matters. The mailbox has no lock of its
 * own: its owner locks it.
 */
#define MAILBOX_CHANGES 4 /* kept per peer */

struct mailbox_change {
	enum liveness_state state;
	uint64_t at_ns;
	uint64_t silent_ns; /* time since the peer's last answer, or since it was added */
};

struct mailbox {
	size_t n_changes, n_reports;
	struct {
		uint8_t n;
		bool report;
		struct mailbox_change change[MAILBOX_CHANGES];
	} peer[STEER_MAX_NODES]; /* by node id */
};

/* Add a change of a peer's liveness. */
void mailbox_add_change(struct mailbox *mailbox, uint16_t node,
			const struct mailbox_change *change);

/* Note that a peer's report differs from the one before. */
void mailbox_add_report(struct mailbox *mailbox, uint16_t node);

/* Drop all entries of a peer that is removed. */
void mailbox_forget(struct mailbox *mailbox, uint16_t node);

enum mailbox_kind {
	MAILBOX_NONE,
	MAILBOX_CHANGE,
	MAILBOX_REPORT,
};

/**
 * mailbox_take - take the next entry.
 * @ret_node: the peer, unless the mailbox is empty
 * @ret_change: the change, for MAILBOX_CHANGE
 *
 * Changes come in the order in which they happened, and before reports. One exception: a peer's
 * report comes before the change that it is up, so that no flows are sent to a peer that drains.
 *
 * Return: the kind of the entry; MAILBOX_NONE if the mailbox is empty.
 */
enum mailbox_kind mailbox_take(struct mailbox *mailbox, uint16_t *ret_node,
			       struct mailbox_change *ret_change);

#endif
