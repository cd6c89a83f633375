// SPDX-License-Identifier: GPL-2.0
#include "events/journald.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Without CODE_FILE and CODE_LINE: the place in the sources does not describe an event. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "cleanup.h"

static int add(struct journald_entry *entry, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int add(struct journald_entry *entry, const char *format, ...)
{
	char **text = &entry->text[entry->n];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		*text = NULL;
		return -ENOMEM;
	}
	entry->field[entry->n++] = (struct iovec){ *text, length };
	return 0;
}

/* Absent values have no field. */
static int add_word(struct journald_entry *entry, const char *field, const char *word)
{
	return word ? add(entry, "%s=%s", field, word) : 0;
}

int journald_format(const struct event *event, struct journald_entry *ret_entry)
{
	struct journald_entry *entry = ret_entry;
	char text[EVENT_TEXT_MAX];
	int r = 0;

	*entry = (struct journald_entry){};
	r |= add(entry, "MESSAGE=%s", event_text(event, text));
	r |= add(entry, "PRIORITY=%d", event_priority(event));
	r |= add(entry, "MESSAGE_ID=%s", event_kind_id(event->kind));
	r |= add(entry, "STEER_SEQUENCE=%llu", (unsigned long long)event->sequence);
	r |= add(entry, "STEER_TIME_US=%llu", (unsigned long long)event->time_us);
	r |= add_word(entry, "STEER_KIND", event_kind_word(event->kind));
	r |= add_word(entry, "STEER_SCOPE", event_scope_word(event->scope));
	r |= add_word(entry, "STEER_NODE", event->node);
	r |= add_word(entry, "STEER_POOL", event->pool);
	r |= add_word(entry, "STEER_OLD", event->old);
	r |= add_word(entry, "STEER_NEW", event->new);
	r |= add_word(entry, "STEER_CAUSE", event->cause);
	if (event->detection_us)
		r |= add(entry, "STEER_DETECTION_MS=%.3f", event->detection_us / 1e3);
	r |= add(entry, "STEER_GENERATION=%u", event->generation);
	return r ? -ENOMEM : 0;
}

void journald_free(struct journald_entry *entry)
{
	for (size_t i = 0; i < JOURNALD_FIELDS; i++)
		free(entry->text[i]);
	*entry = (struct journald_entry){};
}

int journald_send(const struct event *event)
{
	_cleanup_(journald_free) struct journald_entry entry;
	int r;

	r = journald_format(event, &entry);
	if (r < 0)
		return r;
	return sd_journal_sendv(entry.field, entry.n);
}
