/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_MEMBERS_H
#define STEER_DAEMON_MEMBERS_H

#include "daemon/daemon.h"

/**
 * DOC: what a pool's members have behind them: failures, which hold them down, and returns, after
 * which their share grows. The rules are damping.h's and ramp.h's; here is the memory, and the
 * timer for what becomes due.
 *
 * Liveness is damped per node, by everybody who watches it. Health is damped where it is checked:
 * by the node itself, whose peers hear the result, and for agentless nodes by everybody.
 */
struct member {
	struct damping health; /* of our own service, or an agentless node's */
	bool known;
	bool serving;	   /* for itself, whatever its pool makes of that */
	uint64_t since_ns; /* when it came to do so; 0: that is no matter any more */
	uint64_t ready_ns; /* active-passive: since when it could be the active one; 0: it cannot */
};

/* Memory for the members of a pool. Return: 0, -ENOMEM. */
int members_prepare(struct daemon *daemon, size_t slot);
/* The node is no member, or no more. */
void members_forget(struct daemon *daemon, size_t slot, uint16_t id);

/* What the initiator found of a node. To be called while the node still counts as held, if it does:
 * a node that seemed down when we were cut off has not failed. */
void members_liveness(struct daemon *daemon, const struct cluster_node *node,
		      enum liveness_state state, uint64_t now_ns);

/* What a check found, of our own service or an agentless node's. @index: of the pool */
void members_health(struct daemon *daemon, size_t index, const struct cluster_node *node,
		    enum health_verdict verdict);

/* How long a node is held down yet: its liveness, or its health if we are who checks it. 0: not. */
uint64_t members_held_ns(const struct daemon *daemon, size_t slot, uint16_t id, uint64_t now_ns);

/**
 * members_ramp - how much a member leaves to others, if it has returned a short while ago.
 * @now: its state byte in the map
 * @state: as policy_state() wants it
 *
 * Return: the byte's bits for it.
 */
uint8_t members_ramp(struct daemon *daemon, const struct cluster_pool *pool, size_t slot,
		     uint16_t id, uint8_t now, uint8_t state, uint64_t now_ns);

/* Have states_publish() called when the first hold ends, or the first share grows. */
void members_arm(struct daemon *daemon);

#endif
