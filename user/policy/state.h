/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_POLICY_STATE_H
#define STEER_POLICY_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "steer/maps.h"
#include "steer/sbfd.h"

/**
 * DOC: the state byte of a node in a pool, which the XDP program reads. Pure.
 *
 * LIVE means that packets can be sent to the node; SERVING, that it may own rows.
 *
 *   state of the node          LIVE  SERVING
 *   serving                    yes   yes
 *   draining, held, unhealthy  yes   no    the second chance still finds its connections
 *   maintenance                no    no    even if its kernel answers: it may be unplugged
 *   down, or no MAC known      no    no
 *
 * This is the state of one node alone. Its pool may change it: panic.h, then slow_start.h.
 */
struct policy_input {
	bool live;	/* its kernel answers probes; true for the own node */
	bool reachable; /* its MAC is known; true for the own node */
	bool healthy;	/* the pool's service answers there */
	enum steer_admin admin;
	bool held; /* by flap damping: damping.h */
};

/* The state bits (STEER_STATE_…) of one node in one pool. */
uint8_t policy_state(const struct policy_input *input);

/* The state of the node alone, from a byte of the map: as before panic, slow start and damping. */
uint8_t policy_state_alone(uint8_t state);

/* Of an admin state: "active", "draining", "maintenance". */
const char *policy_admin_name(enum steer_admin admin);

/*
 * "serving", "down", "draining", "unhealthy", or "ready": the node could serve, but flap damping
 * holds it, its pool drops, or another member is active.
 */
const char *policy_state_name(uint8_t state);

/* The share of its flows that a node in this state takes, in STEER_BUCKETS. */
unsigned int policy_state_share(uint8_t state);

/*
 * Two nodes may well fail together. That three fail, and are the majority, is less likely than
 * that this node is cut off.
 */
#define POLICY_ISOLATED_LEAST 3

/**
 * policy_is_isolated - find whether this node is cut off.
 * @silent: number of peers that were up and fell silent together
 * @peers: these and the peers that are up
 *
 * Return: true if POLICY_ISOLATED_LEAST or more, and more than half, fell silent.
 */
bool policy_is_isolated(size_t silent, size_t peers);

#endif
