/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_APPLY_H
#define STEER_DAEMON_APPLY_H

#include "daemon/daemon.h"

/**
 * DOC: a configuration takes effect.
 *
 * What a packet needs is there before what leads to it: states, tables, then services; what nothing
 * leads to any more is removed last. So a reload loses no packet, and pools that did not change are
 * not touched.
 */

/**
 * apply_cluster - make a cluster the daemon's own.
 * @cluster: taken over on success; the caller's on failure
 * @ret_error: what is wrong and what to do, on failure
 *
 * Return: 0; -EINVAL if the change needs a restart, -ENOSPC, -ENOMEM or what a map answered.
 */
int apply_cluster(struct daemon *daemon, struct cluster *cluster, char ret_error[512]);

#endif
