/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLUSTER_CONVERGENCE_H
#define STEER_CLUSTER_CONVERGENCE_H

#include "cluster/state.h"

/**
 * DOC: do live peers have the tables that this node has, and since when do they not?
 *
 * A reload goes from node to node, and tables are built one by one, so nodes always diverge for a
 * moment. What lasts longer is a fault: an event, and degraded status.
 */

/* Whether a peer, by its report, has other tables or other pools than this node. */
bool convergence_differs(const struct cluster_state *state, const struct liveness_report *report);

/* Since when each peer differs. To be called after every report and change of our own tables. */
void convergence_follow(struct cluster_state *state, uint64_t now_ns);

/* For how long a live peer has differed, ns; 0: it does not. */
uint64_t convergence_diverged_ns(const struct cluster_state *state, uint16_t id, uint64_t now_ns);

/* How long a peer may differ before it is a fault, ns. */
uint64_t convergence_grace_ns(const struct cluster_state *state);

/* When a peer will have differed for too long; UINT64_MAX: none does. */
uint64_t convergence_due_ns(const struct cluster_state *state, uint64_t now_ns);

#endif
