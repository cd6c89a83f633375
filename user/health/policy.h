/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_POLICY_H
#define STEER_HEALTH_POLICY_H

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
 * still brings a node the flows it has.
 */
struct policy_input {
	bool live;	/* its kernel answers (for ourselves: true) */
	bool reachable; /* we know its MAC (for ourselves: true) */
	bool healthy;	/* the pool's service answers there */
	enum steer_admin admin;
};

/* The bits of one node in one pool (STEER_STATE_…). */
uint8_t policy_state(const struct policy_input *input);

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

/**
 * policy_panic - fail open: if not one member is serving, all live ones count as serving, even if
 * unhealthy or draining. Nodes in maintenance are not live here.
 * @state: state bytes of a pool's members, changed in place
 *
 * Return: whether there was anybody to promote, that is, whether the pool is in panic.
 */
bool policy_panic(uint8_t *state, size_t n);

#endif
