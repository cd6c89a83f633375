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
 */
struct policy_input {
	bool live;      /* its kernel answers (for ourselves: true) */
	bool reachable; /* we know its MAC (for ourselves: true) */
	bool healthy;   /* the pool's service answers there */
	enum steer_admin admin;
};

/* The bits of one node in one pool (STEER_STATE_…). */
uint8_t policy_state(const struct policy_input *input);

/**
 * policy_is_isolated - more than half of the peers silent at once: probably we are cut off.
 * @silent: peers that were up and fell silent, @peers: peers that were ever up
 */
bool policy_is_isolated(size_t silent, size_t peers);

/**
 * policy_panic - fail open: if not one member is serving, all live ones that nobody has put into
 * maintenance count as serving, even if unhealthy or draining.
 * @state: state bytes of a pool's members, changed in place
 * Return: whether the pool is in panic.
 */
bool policy_panic(uint8_t *state, size_t n);

#endif
