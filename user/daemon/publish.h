/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_PUBLISH_H
#define STEER_DAEMON_PUBLISH_H

#include "daemon/daemon.h"

/**
 * DOC: the only writer of state bytes, of the reflector, and of epoch and convergence in the
 * settings.
 *
 * Every cause of a change writes an input (cluster/inputs.h) and asks for a publication. One runs
 * per turn of the event loop: decide → state bytes, serving members first → reflector → settings →
 * events → timer → waiting clients. What a liveness change decides is published at once, at the end
 * of its batch.
 */

/* Adds the deferred event source and the timer. Return: 0 or a negative errno. */
int publish_init(struct daemon *daemon);

/* Decide and publish, at once. Before a configuration is in effect, nothing happens. */
void publish_now(struct daemon *daemon);

/* The same at the end of this turn of the event loop. */
void publish_later(struct daemon *daemon);

/* A pool's state bytes before its next table is published (decide_prepare()). */
void publish_prepared(struct daemon *daemon, struct pool *pool, bool fresh);

/* The state bytes of a pool that is gone. */
void publish_forget(struct daemon *daemon, uint16_t index);

/**
 * publish_converging - tables are about to change: there is no epoch, and peers are told so.
 *
 * Before a configuration is in effect peers are not told, but the epoch of the daemon before is
 * gone.
 */
void publish_converging(struct daemon *daemon);

/* Our announcement alone, where no state has changed (CPU load). */
void publish_announcement(struct daemon *daemon);

/* What is in the map for a pool that is new to us. */
void publish_adopt(struct daemon *daemon, struct pool *pool);

#endif
