/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_STATES_H
#define STEER_DAEMON_STATES_H

#include "daemon/daemon.h"

/**
 * DOC: who serves: what liveness, health checks and operators say becomes state bytes, and what we
 * say of ourselves becomes the reflector's answer. The rules are policy.h's; here they are fed.
 */

/* Compute everything anew, write what differs, log what changed. */
void states_publish(struct daemon *daemon);

/**
 * states_prepare - before a pool's table and services are published: no member without a state.
 * @cluster: the configuration to come
 * @pool: one of its pools
 * @fresh: the maps held no table in this slot before
 */
void states_prepare(struct daemon *daemon, const struct cluster *cluster,
		    const struct cluster_pool *pool, size_t slot, bool fresh);

/* The state byte of a pool's member, as published. */
uint8_t states_get(const struct daemon *daemon, const struct cluster_pool *pool, size_t member);

/* Write a state byte; now: as it is. */
void states_set(struct daemon *daemon, size_t slot, uint16_t id, uint8_t now, uint8_t state);

/* What the initiator says of a peer; LIVENESS_UNKNOWN for one it does not know. */
enum liveness_state states_of_peer(const struct daemon *daemon, uint16_t id);

/* Callbacks of the initiator (all that comes together is published once, by the third), and of the
 * checker. */
void states_liveness(void *context, uint16_t node, enum liveness_state state, uint64_t silent_ns);
void states_report(void *context, uint16_t node, const struct liveness_report *report);
void states_told(void *context);
void states_health(void *context, uint16_t pool, uint16_t node, enum health_verdict verdict,
		   const char *detail);

/* What the peers learn of us, within a probe. */
void states_announce(struct daemon *daemon);

#endif
