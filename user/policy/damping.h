/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_POLICY_DAMPING_H
#define STEER_POLICY_DAMPING_H

#include <stdbool.h>
#include <stdint.h>

/**
 * DOC: flap damping: who goes down again and again comes back later each time. Pure.
 *
 * A single failure costs nothing: who returns from it counts as up at once. From the second one on
 * it is held down for a while that doubles each time, up to a limit. Failures count until the thing
 * has been up, and not held, for the time after which they are forgotten. This is applied to a
 * node's liveness and to a pool's health on a node, each for itself. The other way, from up to
 * down, nothing is ever delayed.
 */
struct damping_timing {
	uint64_t hold_ns;     /* after the second failure; 0: never hold */
	uint64_t max_hold_ns; /* the most, however often it failed */
	uint64_t forget_ns;   /* so long up, and the failures before are forgotten */
};

/* All zero: nothing known. Only failures of what was up before count. */
struct damping {
	enum {
		DAMPING_NEW,
		DAMPING_UP,
		DAMPING_DOWN,
	} state;
	uint32_t failures;
	uint64_t up_ns; /* since when it counts as up, or from when on */
};

void damping_down(struct damping *damping, const struct damping_timing *timing, uint64_t now_ns);

/**
 * damping_up - it is back.
 * Return: when it may count as up: now, or later. Asked again while it is up, the same.
 */
uint64_t damping_up(struct damping *damping, const struct damping_timing *timing, uint64_t now_ns);

/* It was not its fault: as if it had not gone down. */
void damping_excuse(struct damping *damping);

/* Whether it is back, but does not count as up yet: that ends at up_ns. */
bool damping_holds(const struct damping *damping, uint64_t now_ns);

#endif
