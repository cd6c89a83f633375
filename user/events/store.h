/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_EVENTS_STORE_H
#define STEER_EVENTS_STORE_H

#include "events/event.h"

/**
 * DOC: events in a file, one JSON object per line, so that they survive the daemon.
 *
 * DIRECTORY/events.jsonl grows to STORE_BYTES and then becomes events.jsonl.1, in place of the one
 * before. The file is opened for every event, as they are rare: whoever removes it, fills the disk
 * or mounts it anew is found out by the next. A line that was not written whole, because the host
 * died or the disk was full, costs that event alone.
 */
#define STORE_FILE "events.jsonl"
#define STORE_BYTES (1024 * 1024)

typedef void (*store_read_fn)(void *context, struct event *event);

/**
 * store_read - all events there are, oldest first.
 * @read: gets each, to be freed
 *
 * What is no event is skipped. Return: 0, also if there is no file; a negative errno if one cannot
 * be read.
 */
int store_read(const char *directory, store_read_fn read, void *context);

/* Return: 0; a negative errno: nothing was added. */
int store_append(const char *directory, const struct event *event);

#endif
