// SPDX-License-Identifier: GPL-2.0
#include "daemon/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "daemon/log.h"
#include "events/journald.h"

struct journal {
	struct events *events;
	struct delay_queue hold;
	sd_event_source *timer;
	int store_error; /* that was reported; 0: all is stored */
};

static void journal_report_store(struct daemon *daemon, int error)
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

static void journal_log(const struct event *event)
{
	char text[EVENT_TEXT_MAX];

	if (log_is_journald() && journald_send(event) == 0)
		return;
	log_line(event_priority(event), event_text(event, text));
}

static void journal_tell(struct daemon *daemon, const struct event *event)
{
	const struct event *recorded = NULL;

	if (daemon->journal)
		journal_report_store(daemon, events_add(daemon->journal->events, event, &recorded));
	journal_log(recorded ?: event);
	control_server_wake(daemon->control);
}

/* Tell what is due, and see to it that the rest will be. */
static void journal_release(struct daemon *daemon, uint64_t now_ns)
{
	struct journal *journal = daemon->journal;
	struct event *event;

	while ((event = delay_queue_pop(&journal->hold, now_ns))) {
		journal_tell(daemon, event);
		free(event);
	}
	if (delay_queue_due(&journal->hold) == UINT64_MAX)
		return;
	sd_event_source_set_time(journal->timer, delay_queue_due(&journal->hold) / 1000 + 1);
	sd_event_source_set_enabled(journal->timer, SD_EVENT_ONESHOT);
}

static int journal_on_timer(sd_event_source *source, uint64_t now_us, void *context)
{
	(void)source;
	(void)now_us;
	journal_release(context, daemon_now_ns());
	return 0;
}

void journal_event(struct daemon *daemon, const struct event *event, uint64_t hold_ns)
{
	struct journal *journal = daemon->journal;
	uint64_t now_ns = daemon_now_ns();
	struct event stamped = *event, *copy;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	stamped.time_us = now.tv_sec * 1000000ULL + now.tv_nsec / 1000;
	stamped.generation = daemon->generation;
	if (!journal || (!hold_ns && !journal->hold.n)) {
		journal_tell(daemon, &stamped);
		return;
	}
	copy = event_copy(&stamped);
	if (!copy || delay_queue_push(&journal->hold, copy, hold_ns ? now_ns + hold_ns : 0) < 0) {
		free(copy);
		journal_tell(daemon, &stamped);
	}
	journal_release(daemon, now_ns);
}

void journal_drop(struct daemon *daemon, delay_queue_drop_fn drop, void *context)
{
	if (!daemon->journal)
		return;
	delay_queue_drop(&daemon->journal->hold, drop, context);
	journal_release(daemon, daemon_now_ns());
}

const struct events *journal_events(const struct daemon *daemon)
{
	return daemon->journal ? daemon->journal->events : NULL;
}

static void journal_free(struct journal *journal)
{
	if (!journal)
		return;
	sd_event_source_disable_unref(journal->timer);
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
	r = sd_event_add_time(daemon->event, &journal->timer, CLOCK_MONOTONIC, 0, 1,
			      journal_on_timer, daemon);
	if (r < 0)
		return r;
	sd_event_source_set_enabled(journal->timer, SD_EVENT_OFF);
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
