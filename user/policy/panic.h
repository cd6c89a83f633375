/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_POLICY_PANIC_H
#define STEER_POLICY_PANIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/cluster.h"

/**
 * DOC: panic: what a pool does when too few of its members serve. Pure.
 *
 * A pool panics when fewer members serve than its min-healthy; without min-healthy, when none
 * serves. Then either the checks are wrong, or the members that are left will be overloaded next.
 * By default all live members serve then (fail open), as that is better than trusting the checks.
 * With on-panic: drop, none does: for services of which a part is worse than nothing.
 *
 * A draining member is not ill; an operator wants it empty. It is used only when no member serves
 * by itself. A node in maintenance is never used, as it does not count as live.
 */

/* The number of n members that must serve: at least one. Percentages are rounded up. */
size_t panic_least(const struct cluster_panic *panic, size_t n);

/**
 * panic_apply - find whether a pool is in panic, and change its members' states then.
 * @panic: the pool's configuration
 * @state: state bytes of its members, from policy_state(); changed in a panic
 * @n: number of members
 *
 * Return: true in a panic.
 */
bool panic_apply(const struct cluster_panic *panic, uint8_t *state, size_t n);

#endif
