/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_VIEW_H
#define STEER_DAEMON_VIEW_H

#include "daemon/daemon.h"

/**
 * DOC: whether we know enough of the cluster to tell a client that its connection is gone.
 *
 * Two things say so. The view, a number for the tables and the live nodes as we take them to be,
 * goes with the packets that look for their connection: a search through nodes of other views ends
 * without a reset. And the flag STEER_UNSETTLED, for as long as we know that we may be wrong.
 */

/**
 * view_settle - tell the program the view, and whether it is settled.
 *
 * After every change of a table or a state, and now and then, as some of it ends by time. That live
 * peers have other tables for long is a fault that others tell about, and no excuse any more.
 */
void view_settle(struct daemon *daemon);

#endif
