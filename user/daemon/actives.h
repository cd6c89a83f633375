/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_ACTIVES_H
#define STEER_DAEMON_ACTIVES_H

#include <jansson.h>

#include "daemon/daemon.h"

/**
 * DOC: active-passive pools: what policy/active.h decides by, what becomes of it, what we tell.
 *
 * What is remembered outlives a daemon in the pinned maps: the state bytes have who serves, the
 * answer of the reflector has the terms.
 *
 * A node that is cut off (isolated) takes it that the others have made one of theirs the active
 * member of a pool without preempt, and so does it: none of the members on its own side of the cut
 * is active any more. If all members are on its side nobody can have taken over, and all stays.
 * Pools with preempt stay as they are, as all states do.
 */

/* Before the pool's states are used under a new configuration. @known: it is in the old one, too */
void actives_prepare(struct daemon *daemon, const struct cluster *cluster,
		     const struct cluster_pool *pool, size_t slot, bool known);

/**
 * actives_apply - find the active member, and give it, and no other, STEER_STATE_SERVING.
 * @index: of a pool that is active-passive
 * @states: of its members, each for itself
 *
 * Return: whether not one member is ready (panic).
 */
bool actives_apply(struct daemon *daemon, size_t index, uint8_t *states);

/* Whom we follow in each pool with a history, for the answers. */
void actives_announce(struct daemon *daemon, struct liveness_report *report);

/* When we have listened long enough; UINT64_MAX: no matter. */
uint64_t actives_due_ns(const struct daemon *daemon, const struct cluster_pool *pool, size_t slot,
			uint64_t now_ns);

/**
 * actives_hand_over - make a member the active one.
 * @move: false: only find out whether it could be
 * @cause: for the journal
 */
enum active_handover actives_hand_over(struct daemon *daemon, size_t index, uint16_t to, bool move,
				       const char *cause);

/* The names of the live peers that do not follow whom we follow; a new reference. */
json_t *actives_missing(const struct daemon *daemon, size_t index);

#endif
