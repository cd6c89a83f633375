/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_POLICY_SLOW_START_H
#define STEER_POLICY_SLOW_START_H

#include <stdint.h>

/**
 * DOC: slow start: a member that returns ramps its share of the flows up in steps. Pure.
 *
 * The share begins with one sixteenth and grows by one with each fifteenth of the duration. The
 * state byte holds the rest: n in its upper bits (STEER_STATE_RAMP_SHIFT) means that the node takes
 * (16 - n)/16 of its flows and leaves the others to the next rank.
 *
 * @since_ns is the time of the return; 0: the member has its whole share. All functions take the
 * duration of the slow start, 0 for none.
 */

/* The sixteenths that the node leaves to others: 15 at first, 0 when the duration has passed. */
unsigned int slow_start_sixteenths(uint64_t now_ns, uint64_t since_ns, uint64_t duration_ns);

/* When the sixteenths change next; UINT64_MAX: never again. */
uint64_t slow_start_next(uint64_t now_ns, uint64_t since_ns, uint64_t duration_ns);

/* The since_ns for which slow_start_sixteenths() is @sixteenths now; 0 for 0. */
uint64_t slow_start_resume(uint64_t now_ns, unsigned int sixteenths, uint64_t duration_ns);

#endif
