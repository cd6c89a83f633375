/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_JOURNAL_H
#define STEER_DAEMON_JOURNAL_H

#include "daemon/daemon.h"
#include "events/events.h"

/**
 * DOC: where events go: into the journal (memory, file, clients that follow it), and into the log
 * or, with fields, to journald. Events come from cluster/diff.h and daemon_events.h, through the
 * queue of those that wait.
 *
 * Before journal_open(), there is the log alone.
 */

/* Go on with the journal in the state directory. Return: 0, -ENOMEM. */
int journal_open(struct daemon *daemon);

/* Record what waits, and end. */
void journal_close(struct daemon *daemon);

/* Record the events of the queue that are due. */
void journal_release(struct daemon *daemon, uint64_t now_ns);

/* An event that comes from the daemon itself; time and generation are set here. */
void journal_event(struct daemon *daemon, const struct event *event);

/* NULL before journal_open(). */
const struct events *journal_events(const struct daemon *daemon);

#endif
