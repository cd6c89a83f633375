/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLUSTER_AGENTLESS_H
#define STEER_CLUSTER_AGENTLESS_H

#include "cluster/state.h"

/**
 * DOC: nodes that run no Steer, and so announce nothing.
 *
 * They are not probed. Whether one lives and is healthy is what the checks of its pools from this
 * host find, pool by pool. Whether it is drained is what an operator ordered of this very daemon.
 */

/* The state byte of an agentless member. @now: the one it has, kept as long as no check has a
 * result */
uint8_t agentless_state(const struct cluster_state *state, const struct pool *pool, uint16_t id,
			uint8_t now, uint64_t now_ns);

/* Up if any pool's checks pass, down if all fail. */
enum liveness_state agentless_liveness(const struct cluster_state *state, uint16_t id);

#endif
