/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_RISE_FALL_H
#define STEER_HEALTH_RISE_FALL_H

#include <stdbool.h>
#include <stdint.h>

/**
 * DOC: rise and fall: the verdict of a check, from its single results. Pure.
 *
 * The first result is the first verdict, so that a daemon that just started need not wait. After
 * that, `rise` successes in a row make the verdict good, and `fall` failures in a row make it bad.
 */
enum health_verdict {
	HEALTH_UNKNOWN,
	HEALTH_GOOD,
	HEALTH_BAD,
};

struct rise_fall {
	enum health_verdict verdict;
	uint32_t run; /* results in a row that contradict the verdict */
};

/* Count a result. Return: true if the verdict changed. */
bool rise_fall_add(struct rise_fall *counter, bool success, uint32_t rise, uint32_t fall);

#endif
