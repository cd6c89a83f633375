/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLUSTER_MEMBER_HEALTH_H
#define STEER_CLUSTER_MEMBER_HEALTH_H

#include "cluster/state.h"

/**
 * DOC: what members remember: failures, for which they are held down, and returns, after which
 * their share ramps up. The rules are damping.h's and slow_start.h's; this is their memory.
 *
 * Liveness is damped per node, by every node that probes it. Health is damped where it is checked:
 * by the node itself, whose peers receive the result, and for agentless nodes by every node.
 */

/* A peer's liveness changed. To be called while the peer still counts as frozen, if it does: a node
 * that fell silent when this node was cut off has not failed. */
void member_health_on_liveness(struct cluster_state *state, uint16_t id,
			       enum liveness_state liveness, uint64_t now_ns);

/* The verdict of our own checks of a member changed. */
void member_health_on_verdict(const struct cluster_state *state, struct member *member,
			      enum health_verdict verdict, uint64_t now_ns);

/* How long a node is still held down: for its liveness, or for its health in this pool; 0: not. */
uint64_t member_health_held_ns(const struct cluster_state *state, const struct pool *pool,
			       uint16_t id, uint64_t now_ns);

/**
 * member_health_ramp - the part of its share that a member leaves to others after its return.
 * @now: its state byte in the map
 * @decided: its state byte by policy_state()
 *
 * Return: the bits of the state byte (STEER_STATE_RAMP_SHIFT).
 */
uint8_t member_health_ramp(const struct cluster_state *state, struct pool *pool, uint16_t id,
			   uint8_t now, uint8_t decided, uint64_t now_ns);

/* When a member's state byte changes by itself: a hold ends, a share grows; UINT64_MAX: never. */
uint64_t member_health_due_ns(const struct cluster_state *state, const struct pool *pool,
			      uint16_t id, uint64_t now_ns);

#endif
