/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLUSTER_DECIDE_H
#define STEER_CLUSTER_DECIDE_H

#include "cluster/election.h"
#include "cluster/state.h"

/**
 * DOC: from all that is known to all that the program and the peers are to know. No effects.
 *
 * The state bytes are left in pool.decided, the active member in pool.active, panic in pool.panic;
 * what is one for the whole node is in struct decision. The rules are those of user/policy.
 */
struct decision {
	struct liveness_report announcement; /* what the reflector answers */
	uint8_t epoch;			     /* STEER_EPOCH_NONE while tables change */
	bool converging;
	bool asking;	      /* others may have flows that this node has no entry of */
	uint64_t next_due_ns; /* when the decision may differ by time alone; UINT64_MAX: never */
};

/* Decide under the configuration in effect; there must be one. */
void decide(struct cluster_state *state, uint64_t now_ns, struct decision *ret_decision);

/* What this node announces, by what is decided. */
void decide_announcement(const struct cluster_state *state, uint64_t now_ns,
			 struct liveness_report *ret_report);

/**
 * decide_prepare - a pool's state bytes, before its next table is published.
 * @pool: has a next configuration
 * @fresh: the maps had no table for this pool before
 * @memory: of the daemon before us; see election_prepare()
 *
 * No member is without a state. A node that is new to a pool counts as serving unless it is known
 * to be down: nodes must agree by default, or flows break just because a daemon starts. Ourselves
 * we know better: not before the first check has passed.
 */
void decide_prepare(struct cluster_state *state, struct pool *pool, bool fresh,
		    const struct election_memory *memory, uint64_t now_ns);

#endif
