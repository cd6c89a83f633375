/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_EVENTS_STORE_H
#define STEER_EVENTS_STORE_H

#include "events/event.h"

/**
 * DOC: events in a file, one JSON object per line, so that they survive the daemon.
 *
 * DIRECTORY/events.jsonl grows to STORE_BYTES and is then renamed to events.jsonl.1, which replaces
 * the one before. Events are rare, so the file is opened for each of them: the daemon notices when
 * it was removed, remounted or the disk is full. A line that was not written completely, because
 * the host crashed or the disk was full, loses that event only.
 */
#define STORE_FILE "events.jsonl"
#define STORE_BYTES (1024 * 1024)

typedef void (*store_read_fn)(void *context, struct event *event);

/**
 * store_read - read all stored events, oldest first.
 * @directory: of the files
 * @read: called with @context and each event, which it must free
 *
 * Lines that are no event are skipped.
 *
 * Return: 0, also without a file; a negative errno if a file cannot be read.
 */
int store_read(const char *directory, store_read_fn read, void *context);

/* Append an event. Return: 0; a negative errno, and the file is unchanged. */
int store_append(const char *directory, const struct event *event);

#endif
