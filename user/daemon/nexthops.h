/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_NEXTHOPS_H
#define STEER_DAEMON_NEXTHOPS_H

#include "daemon/daemon.h"

/**
 * DOC: next hops to the other nodes: from the kernel's neighbours and routes to steer_nodes,
 * steer_macs and steer_devs.
 */

/* Watch and probe exactly the configuration's other nodes; forget those that are gone. Return: 0 or
 * a negative errno. */
int nexthops_follow(struct daemon *daemon);

/* Forget a node whose id is to mean another one from now on. */
void nexthops_forget(struct daemon *daemon, uint16_t id);

/* neighbour_changed_fn: a next hop is known for the first time, or differs. */
void nexthops_changed(void *context, uint16_t id, const struct neighbour_path *path);

/* For checker_set_nexthop(): how the program sends to an agentless node. Return: 0, -ENETUNREACH.
 */
int nexthops_of_check(void *context, uint16_t id, struct check_nexthop *ret_nexthop);

#endif
