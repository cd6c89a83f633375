/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_ISOLATION_H
#define STEER_DAEMON_ISOLATION_H

#include "daemon/daemon.h"

/**
 * DOC: whether it is us who are cut off. When most peers fall silent at once, they are taken to be
 * what they were, until they answer again or have had the time to.
 */

/* To be called on every change of a peer, and now and then. */
void isolation_judge(struct daemon *daemon, uint64_t now_ns);

#endif
