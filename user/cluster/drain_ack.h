/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLUSTER_DRAIN_ACK_H
#define STEER_CLUSTER_DRAIN_ACK_H

#include "cluster/state.h"

/**
 * DOC: which peers act on our admin state?
 *
 * Every node announces a digest of the admin states that its maps implement: the maps are written
 * first, the digest is announced then. An equal digest acknowledges a drain: the peer has seen what
 * this node announces, and its program steers by it. A peer whose daemon is dead keeps announcing
 * what it knew, and is found out by that.
 */

/* A digest of the admin states of live nodes that are not active; equal on all nodes that agree. */
uint64_t drain_ack_digest(const struct cluster_state *state);

/**
 * drain_ack_missing - the live peers that have not acknowledged our admin state.
 * @ret_nodes: room for all nodes there may be
 *
 * Return: how many.
 */
size_t drain_ack_missing(const struct cluster_state *state,
			 const struct cluster_node *ret_nodes[STEER_MAX_NODES]);

#endif
