/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_RISE_FALL_H
#define STEER_HEALTH_RISE_FALL_H

#include <stdbool.h>
#include <stdint.h>

/**
 * DOC: rise and fall: from single results of a check to a verdict. Pure.
 *
 * The first result decides at once (a daemon that has just started must not wait); after that it
 * takes `rise` successes in a row to become healthy and `fall` failures in a row to stop being so.
 */
enum health_verdict {
	HEALTH_UNKNOWN,
	HEALTH_GOOD,
	HEALTH_BAD,
};

struct rise_fall {
	enum health_verdict verdict;
	uint32_t run; /* equal results in a row that speak against the verdict */
};

/* Return: whether the verdict changed. */
bool rise_fall_add(struct rise_fall *counter, bool success, uint32_t rise, uint32_t fall);

#endif
