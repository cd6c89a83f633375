// SPDX-License-Identifier: GPL-2.0
#include "health/check_interval.h"

#define JITTER 10 /* one part in 10 of an interval is random */

/* 2^32 / the golden ratio: multiples of it spread any number of checks evenly. */
#define GOLDEN_STEP 2654435769U

static uint32_t part_of(uint32_t whole, uint32_t chance)
{
	return (uint32_t)((uint64_t)whole * chance >> 32);
}

bool check_interval_is_fast(const struct rise_fall *counter)
{
	return counter->verdict != HEALTH_GOOD || counter->run;
}

uint32_t check_interval_delay_ms(const struct cluster_check *check, const struct rise_fall *counter,
				 uint32_t chance)
{
	uint32_t delay_ms =
		check_interval_is_fast(counter) ? check->fast_interval_ms : check->interval_ms;

	return delay_ms - part_of(delay_ms / JITTER, chance);
}

uint32_t check_interval_phase_ms(const struct cluster_check *check, uint32_t n, uint32_t chance)
{
	return part_of(check->interval_ms, chance + n * GOLDEN_STEP);
}
