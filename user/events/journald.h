/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_EVENTS_JOURNALD_H
#define STEER_EVENTS_JOURNALD_H

#include <sys/uio.h>

#include "events/event.h"

/**
 * DOC: events in the systemd journal, with fields to select by (systemd.journal-fields(7)):
 * MESSAGE, PRIORITY, MESSAGE_ID and STEER_… as docs/events.md lists them.
 */
#define JOURNALD_FIELDS 16

struct journald_entry {
	size_t n;
	struct iovec field[JOURNALD_FIELDS];
	char *text[JOURNALD_FIELDS];
};

/* An event's fields. Return: 0; -ENOMEM. @ret_entry: to be freed in both cases. */
int journald_format(const struct event *event, struct journald_entry *ret_entry);
void journald_free(struct journald_entry *entry);

/* Return: 0, also if no journal runs here; a negative errno. */
int journald_send(const struct event *event);

#endif
