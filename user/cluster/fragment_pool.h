/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLUSTER_FRAGMENT_POOL_H
#define STEER_CLUSTER_FRAGMENT_POOL_H

#include "cluster/state.h"

/**
 * DOC: the pool STEER_POOL_CLUSTER: all nodes that run Steer, so that all fragments of a datagram
 * meet on one of them. No service leads to it and no operator sees it. Whether a node is live is
 * all that counts.
 */

/* The states before the pool's next table is published; see decide_prepare(). */
void fragment_pool_prepare(struct cluster_state *state, bool fresh);

/* The states by what is known now. */
void fragment_pool_decide(struct cluster_state *state);

#endif
