/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLUSTER_INPUTS_H
#define STEER_CLUSTER_INPUTS_H

#include "cluster/state.h"

/**
 * DOC: what comes from outside, written down. An input draws no conclusion about who serves and
 * calls nobody: decide() does that for all inputs that came together. Liveness and reports of nodes
 * that are not configured are ignored.
 */

/**
 * cluster_on_liveness - a peer's liveness changed.
 * @silent_ns: since its last answer, or since it was added
 * @noticed_ns: when that was found out, which may be a while ago. Isolation asks which peers fell
 *	silent at once, so it is judged by these times.
 */
void cluster_on_liveness(struct cluster_state *state, uint16_t id, enum liveness_state liveness,
			 uint64_t silent_ns, uint64_t noticed_ns);

/* A peer announces something else than before, or for the first time. */
void cluster_on_report(struct cluster_state *state, uint16_t id,
		       const struct liveness_report *report);

/**
 * cluster_on_health - the verdict of our checks of a pool changed.
 * @id: of an agentless node; STEER_NODE_NONE: of this node's own service
 * @detail: why, in words
 */
void cluster_on_health(struct cluster_state *state, struct pool *pool, uint16_t id,
		       enum health_verdict verdict, const char *detail, uint64_t now_ns);

/* The same for what the checks find right after a reload, which is no event and no failure. */
void cluster_set_health(struct cluster_state *state, struct pool *pool, uint16_t id,
			enum health_verdict verdict, const char *detail);

/* An operator's order for this node or for an agentless one. @cause: for the event */
void cluster_on_admin(struct cluster_state *state, uint16_t id, enum steer_admin admin,
		      const char *cause);

/* The same for an order that was given before, and is no event. */
void cluster_set_admin(struct cluster_state *state, uint16_t id, enum steer_admin admin);

/* Whether packets can be forwarded to a node: its next hop is known and of a fitting kind. */
void cluster_on_nexthop(struct cluster_state *state, uint16_t id, bool reachable);

/* A node is probed no more: nothing is known of its liveness, and its reports do not count. */
void cluster_forget_liveness(struct cluster_state *state, uint16_t id);

/* The last report of each peer means something else under another configuration. */
void cluster_reread_reports(struct cluster_state *state);

#endif
