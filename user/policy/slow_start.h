/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_POLICY_SLOW_START_H
#define STEER_POLICY_SLOW_START_H

#include <stdint.h>

/**
 * DOC: slow start: who returns gets its share of the flows in steps. Pure.
 *
 * The share begins with one sixteenth and grows by one with each fifteenth of the duration. What is
 * told to the program is the rest: so many sixteenths of its flows the node leaves to the next rank
 * (STEER_STATE_RAMP_SHIFT).
 *
 * since_ns is the time of the return; 0: none that would matter, the share is whole.
 */

/* How much it leaves to others: 15 at first, 0 from the end of the duration on. */
unsigned int slow_start_sixteenths(uint64_t now_ns, uint64_t since_ns, uint64_t duration_ns);

/* When that changes next; UINT64_MAX: it does not any more. */
uint64_t slow_start_next(uint64_t now_ns, uint64_t since_ns, uint64_t duration_ns);

/* When it must have returned, to leave so much to others now; 0 for 0. */
uint64_t slow_start_resume(uint64_t now_ns, unsigned int sixteenths, uint64_t duration_ns);

#endif
