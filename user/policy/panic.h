/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_POLICY_PANIC_H
#define STEER_POLICY_PANIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/cluster.h"

/**
 * DOC: what a pool does when too few of its members serve. Pure.
 *
 * Fewer than min-healthy: either the checks are wrong, or those who are left will be overrun next.
 * To use everybody who lives (fail open) is then better than to trust the checks, and the default;
 * a service of which a part is worse than nothing drops instead. Without min-healthy the pool
 * panics when nobody serves.
 *
 * Who drains was not found to be ill, an operator wants it empty: it is used only when there is no
 * member that serves by itself. Nodes in maintenance never are, they do not even count as live.
 */

/* How many of n members must serve: at least one. A percentage is of all members, rounded up. */
size_t panic_least(const struct cluster_panic *panic, size_t n);

/**
 * panic_apply - judge a pool, and change its members' state bytes if it is in panic.
 * @state: state bytes of its members, as policy_state() has made them
 *
 * Return: whether it is.
 */
bool panic_apply(const struct cluster_panic *panic, uint8_t *state, size_t n);

#endif
