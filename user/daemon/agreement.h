/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_AGREEMENT_H
#define STEER_DAEMON_AGREEMENT_H

#include "daemon/daemon.h"

/**
 * DOC: whether live peers have the same tables as we do, and since when they do not.
 *
 * A reload goes from node to node, and tables are built one by one: for a moment nodes always
 * differ. What lasts longer than that is a fault, in status and in the journal.
 */

/* Take note, tell what lasts. After every report and change of our own tables, and now and then. */
void agreement_follow(struct daemon *daemon);

/* Whether a peer, by its report, has other tables than ours, or other pools. */
bool agreement_differs(const struct daemon *daemon, const struct liveness_report *report);

/* For how long by now a live peer has differed from us, ns; 0: it does not. */
uint64_t agreement_differs_ns(const struct daemon *daemon, uint16_t id);

/* Longer than that is too long. */
uint64_t agreement_grace_ns(const struct daemon *daemon);

#endif
