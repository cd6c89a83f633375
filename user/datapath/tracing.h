/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_TRACING_H
#define STEER_DATAPATH_TRACING_H

#include "datapath/datapath.h"
#include "datapath/handle.h"

/**
 * DOC: steer_tracing and the flag of steer_settings that makes the program look at it.
 *
 * Several processes write these two: the daemon its settings, tracers and explainers what they
 * want. Each does so under a lock on the directory of pins, which is held for single writes only.
 *
 * A tracer holds a second lock for as long as it traces: a byte of its own of that directory, as an
 * open file description lock. The kernel drops it with the process, so tracing_settle() finds out
 * whose wishes are those of the dead.
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
 * Return: 0, -EBUSY, -ENOENT if nothing is pinned, or what the kernel says.
 */
int tracing_lock(const struct pins *pins, int wait_ms, struct tracing *ret_tracing);
void tracing_unlock(struct tracing *tracing);

/**
 * tracing_settle - write what is wanted, without what the dead wanted, and the flag.
 * @wanted: as read by tracing_read() and changed; a nonce says that it is the caller's own
 */
int tracing_settle(const struct pins *pins, const struct tracing *tracing,
		   struct steer_tracing *wanted);
int tracing_read(const struct tracing *tracing, struct steer_tracing *ret_wanted);

/* Take the place of a tracer. Return: a file descriptor that holds it, -EBUSY. */
int tracing_occupy(const struct pins *pins, enum steer_tracer tracer);

/* Write settings whose flag STEER_TRACING is what it has to be. */
int tracing_write_settings(const struct datapath *datapath, const struct steer_settings *settings);

#endif
