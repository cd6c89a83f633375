/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_TRACING_H
#define STEER_DATAPATH_TRACING_H

#include "datapath/datapath.h"
#include "datapath/handle.h"

/**
 * DOC: steer_tracing, and the flag of steer_settings that makes the program read it.
 *
 * Several processes write these two maps: the daemon its settings, "steer trace" its filter, "steer
 * explain" its nonce. Each takes a lock on the directory of pins for the duration of one write.
 *
 * A tracer also claims its filter for as long as it traces, by an open file description lock on one
 * byte of that directory. The kernel releases the lock when the process ends, so tracing_settle()
 * can remove the filters of tracers that died.
 */
struct tracing {
	int lock_fd; /* of the directory; -1: not locked */
	int settings_fd, tracing_fd;
};

/**
 * tracing_lock - open the pinned maps for writing and take the lock.
 * @wait_ms: how long to wait for another process
 * @ret_tracing: to be released with tracing_unlock()
 *
 * Return: 0; -EBUSY; -ENOENT if no maps are pinned; another negative errno.
 */
int tracing_lock(const struct pins *pins, int wait_ms, struct tracing *ret_tracing);
void tracing_unlock(struct tracing *tracing);

/**
 * tracing_settle - write steer_tracing and the flag.
 * @wanted: from tracing_read(), with the caller's changes; filters that no process claims are
 *	removed from it. The nonce must be the caller's own or 0.
 */
int tracing_settle(const struct pins *pins, const struct tracing *tracing,
		   struct steer_tracing *wanted);
int tracing_read(const struct tracing *tracing, struct steer_tracing *ret_wanted);

/* Claim a tracer. Return: a file descriptor; closing it releases the claim; -EBUSY. */
int tracing_claim(const struct pins *pins, enum steer_tracer tracer);

/* Write settings, with the flag STEER_TRACING set as steer_tracing requires. */
int tracing_write_settings(const struct datapath *datapath, const struct steer_settings *settings);

#endif
