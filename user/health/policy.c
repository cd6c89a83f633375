// SPDX-License-Identifier: GPL-2.0
#include "health/policy.h"

uint8_t policy_state(const struct policy_input *input)
{
	bool live = input->live && input->reachable && input->admin != STEER_ADMIN_MAINTENANCE;
	uint8_t state = 0;

	if (live)
		state |= STEER_STATE_LIVE;
	if (input->healthy)
		state |= STEER_STATE_HEALTHY;
	if (input->admin == STEER_ADMIN_DRAINING)
		state |= STEER_STATE_DRAINING;
	if (live && input->healthy && input->admin == STEER_ADMIN_ACTIVE)
		state |= STEER_STATE_SERVING;
	return state;
}

bool policy_is_isolated(size_t silent, size_t peers)
{
	return silent >= POLICY_ISOLATED_LEAST && silent > peers / 2;
}

bool policy_panic(uint8_t *state, size_t n)
{
	bool promoted = false;
	size_t i;

	for (i = 0; i < n; i++)
		if (state[i] & STEER_STATE_SERVING)
			return false;
	for (i = 0; i < n; i++) {
		if (!(state[i] & STEER_STATE_LIVE))
			continue;
		state[i] |= STEER_STATE_SERVING;
		promoted = true;
	}
	return promoted;
}
