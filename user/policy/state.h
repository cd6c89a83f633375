/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_POLICY_STATE_H
#define STEER_POLICY_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "steer/maps.h"
#include "steer/sbfd.h"

/**
 * DOC: from what is known of a node to the state byte the program reads. Pure.
 *
 * LIVE tells the program that packets can be sent there; SERVING, that the node may own rows. A
 * node in maintenance is neither, however well its kernel answers: an operator who says so wants to
 * pull the plug. That is the difference to draining, which keeps LIVE, so that the second chance
 * still brings a node the flows it has. So does a node that is held down: it is there, it only has
 * to prove itself.
 *
 * This is one node alone. What its pool makes of it comes after: panic.h, ramp.h, in this order.
 */
struct policy_input {
	bool live;	/* its kernel answers (for ourselves: true) */
	bool reachable; /* we know its MAC (for ourselves: true) */
	bool healthy;	/* the pool's service answers there */
	enum steer_admin admin;
	bool held; /* it has flapped: damping.h */
};

/* The bits of one node in one pool (STEER_STATE_…). */
uint8_t policy_state(const struct policy_input *input);

/* What a byte of the map says of the node alone: before panic, drop, slow start and hold. */
uint8_t policy_state_alone(uint8_t state);

/* Of an admin state: "active", "draining", "maintenance". */
const char *policy_admin_word(enum steer_admin admin);

/*
 * "serving", "down", "draining", "unhealthy", or "ready": may serve, but does not, as it is held
 * down or its pool drops.
 */
const char *policy_state_word(uint8_t state);

/* Of STEER_BUCKETS, the part of its flows that a node with this state gets. */
unsigned int policy_state_share(uint8_t state);

/*
 * Two nodes may well fail together; that three do, and they are the majority, is less likely than
 * that it is us who are cut off.
 */
#define POLICY_ISOLATED_LEAST 3

/**
 * policy_is_isolated - more than half of the peers silent at once: probably we are cut off.
 * @silent: peers that were up and fell silent together
 * @peers: these and the ones that are up
 */
bool policy_is_isolated(size_t silent, size_t peers);

#endif
