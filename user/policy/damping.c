// SPDX-License-Identifier: GPL-2.0
#include "policy/damping.h"

void damping_down(struct damping *damping, const struct damping_timing *timing, uint64_t now_ns)
{
	if (damping->state == DAMPING_UP) {
		if (now_ns >= damping->up_ns && now_ns - damping->up_ns >= timing->forget_ns)
			damping->failures = 0;
		if (damping->failures < UINT32_MAX)
			damping->failures++;
	}
	damping->state = DAMPING_DOWN;
}

static uint64_t hold_time(const struct damping *damping, const struct damping_timing *timing)
{
	uint64_t hold_ns = timing->hold_ns;

	if (damping->failures < 2)
		return 0;
	for (uint32_t i = 2; i < damping->failures && hold_ns && hold_ns < timing->max_hold_ns; i++)
		hold_ns *= 2;
	return hold_ns < timing->max_hold_ns ? hold_ns : timing->max_hold_ns;
}

uint64_t damping_up(struct damping *damping, const struct damping_timing *timing, uint64_t now_ns)
{
	if (damping->state != DAMPING_UP)
		damping->up_ns = now_ns + hold_time(damping, timing);
	damping->state = DAMPING_UP;
	return damping->up_ns;
}

void damping_excuse(struct damping *damping)
{
	if (damping->state != DAMPING_DOWN || !damping->failures)
		return;
	damping->failures--;
	damping->state = DAMPING_UP;
}

bool damping_holds(const struct damping *damping, uint64_t now_ns)
{
	return damping->state == DAMPING_UP && now_ns < damping->up_ns;
}
