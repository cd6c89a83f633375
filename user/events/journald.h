/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_EVENTS_JOURNALD_H
#define STEER_EVENTS_JOURNALD_H

#include <sys/uio.h>

#include "events/event.h"

/**
 * DOC: events in the systemd journal, with the fields MESSAGE, PRIORITY, MESSAGE_ID
 * (systemd.journal-fields(7)) and STEER_…, which docs/events.md lists.
 */
#define JOURNALD_FIELDS 16

struct journald_entry {
	size_t n;
	struct iovec field[JOURNALD_FIELDS];
	char *text[JOURNALD_FIELDS];
};

/* The fields of an event. @ret_entry: free with journald_free(), also after -ENOMEM. */
int journald_format(const struct event *event, struct journald_entry *ret_entry);
void journald_free(struct journald_entry *entry);

/* Write an event to the journal. Return: 0, also if no journal runs; a negative errno. */
int journald_send(const struct event *event);

#endif
