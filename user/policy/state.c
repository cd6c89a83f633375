// SPDX-License-Identifier: GPL-2.0
#include "policy/state.h"

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
	if (live && input->healthy && input->admin == STEER_ADMIN_ACTIVE && !input->held)
		state |= STEER_STATE_SERVING;
	return state;
}

uint8_t policy_state_alone(uint8_t state)
{
	const uint8_t well = STEER_STATE_LIVE | STEER_STATE_HEALTHY;

	state &= well | STEER_STATE_DRAINING;
	return state == well ? state | STEER_STATE_SERVING : state;
}

const char *policy_admin_name(enum steer_admin admin)
{
	static const char *const words[] = {
		[STEER_ADMIN_ACTIVE] = "active",
		[STEER_ADMIN_DRAINING] = "draining",
		[STEER_ADMIN_MAINTENANCE] = "maintenance",
	};

	return (size_t)admin < sizeof(words) / sizeof(*words) ? words[admin] : "unknown";
}

const char *policy_state_name(uint8_t state)
{
	if (state & STEER_STATE_SERVING)
		return "serving";
	if (!(state & STEER_STATE_LIVE))
		return "down";
	if (state & STEER_STATE_DRAINING)
		return "draining";
	return state & STEER_STATE_HEALTHY ? "ready" : "unhealthy";
}

unsigned int policy_state_share(uint8_t state)
{
	if (!(state & STEER_STATE_SERVING))
		return 0;
	return STEER_BUCKETS - (state >> STEER_STATE_RAMP_SHIFT);
}

bool policy_is_isolated(size_t silent, size_t peers)
{
	return silent >= POLICY_ISOLATED_LEAST && silent > peers / 2;
}
