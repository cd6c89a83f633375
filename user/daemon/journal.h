/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_JOURNAL_H
#define STEER_DAEMON_JOURNAL_H

#include "daemon/daemon.h"
#include "events/events.h"
#include "events/delay_queue.h"

/**
 * DOC: every state change goes through journal_event(): into the journal (memory, file, whoever
 * follows it), and into the log or, with fields, to journald. changes.c puts them into words.
 *
 * Before journal_open(), and if memory is short, there is the log alone.
 */

/* Go on with the journal in the state directory. Return: 0, -ENOMEM. */
int journal_open(struct daemon *daemon);

/* Tell what is held, and end. */
void journal_close(struct daemon *daemon);

/**
 * journal_event - something has changed.
 * @event: with its kind, scope, severity and whatever is known; time and generation are set here
 * @hold_ns: wait so long for something that explains it
 */
void journal_event(struct daemon *daemon, const struct event *event, uint64_t hold_ns);

/* Something explains what is held: drop the events of which drop says so. */
void journal_drop(struct daemon *daemon, delay_queue_drop_fn drop, void *context);

/* NULL before journal_open(). */
const struct events *journal_events(const struct daemon *daemon);

#endif
