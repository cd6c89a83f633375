/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_CHECK_INTERVAL_H
#define STEER_HEALTH_CHECK_INTERVAL_H

#include <stdint.h>

#include "config/cluster.h"
#include "health/rise_fall.h"

/**
 * DOC: when a check is made next. Pure; chance is passed in, as numbers spread over all of 32 bits.
 *
 * All nodes check the same things by the same configuration, some of them at the same place (what
 * is behind their services, nodes without Steer). Two measures keep them from doing so in step,
 * however they were started: the second attempt of a check comes at a random moment of its
 * interval, and every interval is up to a tenth shorter than configured.
 */

/* Between the starts of an attempt and the next, after its result was counted. */
uint32_t check_interval_delay_ms(const struct cluster_check *check, const struct rise_fall *counter,
				 uint32_t chance);

/* Whether results are awaited at the fast interval. */
bool check_interval_is_fast(const struct rise_fall *counter);

/*
 * Between the first and the second attempt of the n-th check of a node.
 * @chance: the same for all checks of the node
 */
uint32_t check_interval_phase_ms(const struct cluster_check *check, uint32_t n, uint32_t chance);

#endif
