// SPDX-License-Identifier: GPL-2.0
#include "health/rise_fall.h"

bool rise_fall_add(struct rise_fall *counter, bool success, uint32_t rise, uint32_t fall)
{
	enum health_verdict result = success ? HEALTH_GOOD : HEALTH_BAD;
	uint32_t needed = success ? rise : fall;

	if (counter->verdict == result) {
		counter->run = 0;
		return false;
	}
	if (counter->verdict != HEALTH_UNKNOWN && ++counter->run < needed)
		return false;
	counter->verdict = result;
	counter->run = 0;
	return true;
}
