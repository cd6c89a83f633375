/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_POLICY_DAMPING_H
#define STEER_POLICY_DAMPING_H

#include <stdbool.h>
#include <stdint.h>

/**
 * DOC: flap damping: the more often a node or service fails, the later it counts as up again. Pure.
 *
 * A single failure costs nothing: the node counts as up as soon as it is back. From the second
 * failure on it is held down for a time that doubles with each failure, up to a limit. Failures
 * add up until the node has counted as up for forget_ns. Damping applies to the liveness of a node
 * and to the health of a pool on a node, each by itself. The change from up to down is never
 * delayed.
 */
struct damping_timing {
	uint64_t hold_ns;     /* hold time after the second failure; 0: no damping */
	uint64_t max_hold_ns; /* limit of the hold time */
	uint64_t forget_ns;   /* time up after which failures are forgotten */
};

/* All zero: nothing is known. A failure counts only if the state before was up. */
struct damping {
	enum {
		DAMPING_NEW,
		DAMPING_UP,
		DAMPING_DOWN,
	} state;
	uint32_t failures;
	uint64_t up_ns; /* when it began or begins to count as up */
};

/* Record a failure. */
void damping_down(struct damping *damping, const struct damping_timing *timing, uint64_t now_ns);

/**
 * damping_up - record a return.
 *
 * Calling it again while it is up changes nothing.
 *
 * Return: when it counts as up: now_ns, or later while it is held.
 */
uint64_t damping_up(struct damping *damping, const struct damping_timing *timing, uint64_t now_ns);

/* Take back the last failure: its cause was elsewhere, as when this node was isolated. */
void damping_excuse(struct damping *damping);

/* True while it is back but held: until up_ns. */
bool damping_holds(const struct damping *damping, uint64_t now_ns);

#endif
