/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLUSTER_ELECTION_H
#define STEER_CLUSTER_ELECTION_H

#include "cluster/state.h"

/**
 * DOC: active-passive pools: which member is active. The rule is policy/active.h's; this gathers
 * what it decides by, and turns the result into state bytes and announcements.
 *
 * What is remembered outlives a daemon in the pinned maps: the state bytes say which member serves,
 * the reflector's answer has the terms.
 *
 * A node that is cut off assumes that the nodes beyond the cut have made one of theirs the active
 * member of a pool without preempt, and does the same: no member on its own side of the cut is
 * active any more. If all members are on its side, nobody can have taken over, and all stays. Pools
 * with preempt stay as they are, as all states do.
 */

/* Memory of an earlier daemon: what it announced of the pools that have a history. */
struct election_memory {
	uint64_t pools_digest; /* of the pools it was about; 0: nothing is remembered */
	struct liveness_active active[STEER_SBFD_ACTIVE];
};

/**
 * election_prepare - a pool's active member, before its next table is used.
 * @known: its states in the map are those of a daemon or configuration before
 * @memory: of the daemon before us; only asked if there is no configuration in effect
 */
void election_prepare(const struct cluster_state *state, struct pool *pool, bool known,
		      const struct election_memory *memory);

/**
 * election_decide - find the active member, and give it, and no other, STEER_STATE_SERVING.
 * @pool: active-passive
 * @bytes: the members' state bytes, each decided by itself, in the order of the members
 *
 * Return: whether not a single member is ready (panic).
 */
bool election_decide(const struct cluster_state *state, struct pool *pool, uint8_t *bytes,
		     uint64_t now_ns);

/* The member followed in each pool that has a history, for our announcement. */
void election_announce(const struct cluster_state *state, struct liveness_report *report,
		       uint64_t now_ns);

/* When this node has listened to its peers for long enough; UINT64_MAX: it has. */
uint64_t election_due_ns(const struct cluster_state *state, const struct pool *pool,
			 uint64_t now_ns);

/**
 * election_hand_over - make a member the active one.
 * @move: false: only find out whether it could be
 * @cause: for the event
 */
enum active_handover election_hand_over(const struct cluster_state *state, struct pool *pool,
					uint16_t to, bool move, const char *cause, uint64_t now_ns);

/**
 * election_missing - the live peers that follow another member than this node does.
 * @ret_nodes: room for all nodes there may be
 *
 * Return: how many.
 */
size_t election_missing(const struct cluster_state *state, const struct pool *pool,
			const struct cluster_node *ret_nodes[STEER_MAX_NODES]);

#endif
