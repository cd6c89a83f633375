/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_PATHS_H
#define STEER_DAEMON_PATHS_H

#include "daemon/daemon.h"

/**
 * DOC: ways to the other nodes: from what the kernel knows of neighbours and routes to the maps.
 */

/* Watch and probe exactly the configuration's other nodes; forget those that are gone. */
int paths_follow(struct daemon *daemon);

/* neighbour_changed_fn: a way is first known, or differs. */
void paths_changed(void *context, uint16_t node, const struct neighbour_path *path);

#endif
