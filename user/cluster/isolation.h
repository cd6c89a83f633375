/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLUSTER_ISOLATION_H
#define STEER_CLUSTER_ISOLATION_H

#include "cluster/state.h"

/**
 * DOC: is it this node that is cut off?
 *
 * When most peers fall silent at once (policy_is_isolated()), it is more likely that this node lost
 * its link than that they all died. Their states freeze: each counts as what it was, until it
 * answers again, or has had the time to.
 */

/* To be called on every change of a peer's liveness, and while isolated once a second. */
void isolation_judge(struct cluster_state *state, uint64_t now_ns);

/* When isolation_judge() may come to another conclusion by time; UINT64_MAX: never. */
uint64_t isolation_due_ns(const struct cluster_state *state, uint64_t now_ns);

#endif
