/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_WARM_RESTART_H
#define STEER_DAEMON_WARM_RESTART_H

#include "daemon/daemon.h"

/**
 * DOC: a daemon that takes over the maps of the one before: what it finds in them.
 *
 * The maps do not hold names, but what clients address: a VIP and a port of the configuration that
 * are in the maps already lead to the indices of their service and pool. So tables and counters
 * stay with their names over a restart, and packets under way find the table of their own pool.
 */

/* Claim the indices that names of this configuration have in the maps. */
void warm_restart_indices(struct daemon *daemon, const struct cluster *config);

/* Keep the tables of these indices within reach without CAP_SYS_ADMIN, while that is still there.
 */
void warm_restart_tables(struct daemon *daemon, const struct cluster *config);

/* What the daemon before us announced of active members (daemon.memory). */
void warm_restart_memory(struct daemon *daemon);

#endif
