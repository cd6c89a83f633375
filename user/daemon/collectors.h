/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_COLLECTORS_H
#define STEER_DAEMON_COLLECTORS_H

#include "daemon/daemon.h"

/**
 * DOC: the pool STEER_POOL_CLUSTER: all nodes that run Steer, so that all fragments of a datagram
 * meet on one of them. No service leads to it and no operator sees it; who is live is all that
 * counts.
 */

/**
 * collectors_pool - the members, as those of a configured pool.
 * @ret_pool: its members to be freed
 *
 * Return: 0, -ENOMEM.
 */
int collectors_pool(const struct cluster *cluster, struct cluster_pool *ret_pool);

/* Before its table is published: no member without a state. As states_prepare(). */
void collectors_prepare(struct daemon *daemon, const struct cluster *cluster, bool fresh);

/* Write the states that differ. */
void collectors_publish(struct daemon *daemon);

#endif
