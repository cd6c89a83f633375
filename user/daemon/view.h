/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_VIEW_H
#define STEER_DAEMON_VIEW_H

#include "daemon/daemon.h"

/**
 * DOC: whether we know enough of the cluster to tell a client that its connection is gone.
 *
 * Two things say so. The view, a number for the tables and the live nodes as we take them to be,
 * goes with the packets that look for their connection: a search through nodes of other views ends
 * without a reset. And the flag STEER_CONVERGING, for as long as we know that we may be wrong.
 */

/**
 * view_combine - a view's number.
 * @rest: all that is not a matter of who lives
 * @live: ids of the nodes taken to be live, in any order
 *
 * There are only seven, and any two views may have the same. But two that differ in one node have
 * not: that is what nodes differ in that cannot reach each other, while all others reach both.
 */
uint8_t view_combine(uint64_t rest, const uint16_t *live, size_t n);

/*
 * A node will be taken to be live or not, other than before: from here to view_settle() there is no
 * view that a packet could be sent on with, or it would prove what this node no more knows.
 */
void view_doubt(struct daemon *daemon);

/**
 * view_settle - tell the program the view, and whether it is settled.
 *
 * After every change of a table or a state, and now and then, as some of it ends by time. That live
 * peers have other tables for long is a fault that others tell about, and no excuse any more.
 */
void view_settle(struct daemon *daemon);

#endif
