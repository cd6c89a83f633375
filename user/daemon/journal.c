// SPDX-License-Identifier: GPL-2.0
#include "daemon/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "daemon/clock.h"
#include "daemon/log.h"
#include "events/journald.h"

struct journal {
	struct events *events;
	int store_error; /* that was reported; 0: all is stored */
};

static void report_store(struct daemon *daemon, int error)
{
	struct journal *journal = daemon->journal;

	if (error && !journal->store_error)
		log_error("%s: events cannot be stored: %s; they are kept in memory alone until "
			  "they can",
			  daemon->options.state_dir, strerror(-error));
	else if (!error && journal->store_error)
		log_info("%s: events are stored again", daemon->options.state_dir);
	journal->store_error = error;
}

static void log_event(const struct event *event)
{
	char text[EVENT_TEXT_MAX];

	if (log_is_journald() && journald_send(event) == 0)
		return;
	log_line(event_priority(event), event_text(event, text));
}

static void record(struct daemon *daemon, const struct event *event)
{
	const struct event *recorded = NULL;

	if (daemon->journal)
		report_store(daemon, events_add(daemon->journal->events, event, &recorded));
	log_event(recorded ?: event);
	control_server_wake(daemon->control);
}

void journal_release(struct daemon *daemon, uint64_t now_ns)
{
	struct event *event;

	while ((event = delay_queue_pop(&daemon->state->delayed, now_ns))) {
		record(daemon, event);
		free(event);
	}
}

void journal_event(struct daemon *daemon, const struct event *event)
{
	struct event_time now = clock_now();
	struct event stamped = event_queue_stamp(daemon->state, event, &now);

	if (event_queue_add(daemon->state, event, 0, &now) < 0)
		record(daemon, &stamped);
	journal_release(daemon, now.mono_ns);
}

const struct events *journal_events(const struct daemon *daemon)
{
	return daemon->journal ? daemon->journal->events : NULL;
}

static void journal_free(struct journal *journal)
{
	if (!journal)
		return;
	events_free(journal->events);
	free(journal);
}

static void journal_freep(struct journal **journal)
{
	journal_free(*journal);
}

int journal_open(struct daemon *daemon)
{
	_cleanup_(journal_freep) struct journal *journal = calloc(1, sizeof(*journal));
	int r, read_error = 0;

	if (!journal)
		return -ENOMEM;
	r = events_new(daemon->options.state_dir, &journal->events, &read_error);
	if (r < 0)
		return r;
	if (read_error)
		log_error("%s: events of earlier runs cannot be read: %s",
			  daemon->options.state_dir, strerror(-read_error));
	daemon->journal = TAKE_PTR(journal);
	return 0;
}

void journal_close(struct daemon *daemon)
{
	if (!daemon->journal)
		return;
	journal_release(daemon, UINT64_MAX);
	journal_free(TAKE_PTR(daemon->journal));
}
