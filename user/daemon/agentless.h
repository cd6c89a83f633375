/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_AGENTLESS_H
#define STEER_DAEMON_AGENTLESS_H

#include "daemon/daemon.h"

/**
 * DOC: nodes that run no Steer, which cannot speak for themselves.
 *
 * Nobody probes them and nobody takes GUE from them. Whether one lives and is healthy is what the
 * checks of its pools from this host say, pool by pool; whether it is drained is what the operator
 * has told this very daemon.
 */

/**
 * agentless_load_admin - for nodes that are new, recall what the operator wanted of them.
 * @cluster: the configuration to come
 */
void agentless_load_admin(struct daemon *daemon, const struct cluster *cluster);

/*
 * The state byte of an agentless member of a pool. @index: of the pool, in the configuration.
 * @now: the byte it has, which stays as it is as long as there is no result.
 */
uint8_t agentless_state(const struct daemon *daemon, size_t index, uint16_t id, uint8_t now);

/* For checker_set_nexthop(): how the program sends to the node. */
int agentless_way(void *context, uint16_t id, struct check_nexthop *ret_nexthop);

/* Up if any pool's check says so, down if all say so. */
enum liveness_state agentless_liveness(const struct daemon *daemon, uint16_t id);

#endif
