// SPDX-License-Identifier: GPL-2.0
#include "policy/slow_start.h"

#define STEPS 15

/* The time from the return to a step, 1 to STEPS, in ns. */
static uint64_t step_ns(uint64_t step, uint64_t duration_ns)
{
	return (step * duration_ns + STEPS - 1) / STEPS;
}

unsigned int slow_start_sixteenths(uint64_t now_ns, uint64_t since_ns, uint64_t duration_ns)
{
	uint64_t elapsed_ns = now_ns > since_ns ? now_ns - since_ns : 0;

	if (!since_ns || elapsed_ns >= duration_ns)
		return 0;
	return STEPS - elapsed_ns * STEPS / duration_ns;
}

uint64_t slow_start_next(uint64_t now_ns, uint64_t since_ns, uint64_t duration_ns)
{
	unsigned int left = slow_start_sixteenths(now_ns, since_ns, duration_ns);

	return left ? since_ns + step_ns(STEPS - left + 1, duration_ns) : UINT64_MAX;
}

uint64_t slow_start_resume(uint64_t now_ns, unsigned int sixteenths, uint64_t duration_ns)
{
	uint64_t elapsed_ns;

	if (!sixteenths || !duration_ns)
		return 0;
	elapsed_ns = step_ns(STEPS - sixteenths, duration_ns);
	return now_ns > elapsed_ns ? now_ns - elapsed_ns : 1;
}
