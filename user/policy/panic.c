// SPDX-License-Identifier: GPL-2.0
#include "policy/panic.h"

size_t panic_least(const struct cluster_panic *panic, size_t n)
{
	size_t least = panic->min_healthy;

	if (panic->percent)
		least = (panic->min_healthy * n + 99) / 100;
	return least ? least : 1;
}

static void serve_all_live(uint8_t *state, size_t n, bool draining)
{
	for (size_t i = 0; i < n; i++)
		if (state[i] & STEER_STATE_LIVE && (draining || !(state[i] & STEER_STATE_DRAINING)))
			state[i] |= STEER_STATE_SERVING;
}

bool panic_apply(const struct cluster_panic *panic, uint8_t *state, size_t n)
{
	size_t serving = 0;

	for (size_t i = 0; i < n; i++)
		serving += !!(state[i] & STEER_STATE_SERVING);
	if (serving >= panic_least(panic, n))
		return false;
	if (panic->action == PANIC_ALL)
		serve_all_live(state, n, !serving);
	for (size_t i = 0; i < n && panic->action == PANIC_DROP; i++)
		state[i] &= ~STEER_STATE_SERVING;
	return true;
}
