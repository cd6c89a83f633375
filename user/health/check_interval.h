/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_CHECK_INTERVAL_H
#define STEER_HEALTH_CHECK_INTERVAL_H

#include <stdint.h>

#include "config/cluster.h"
#include "health/rise_fall.h"

/**
 * DOC: the time of a check's next attempt. Pure: random numbers are passed in.
 *
 * All nodes run the same checks with the same configuration, some of them against the same targets
 * (agentless nodes, backends behind their services). Two measures keep the nodes from checking in
 * step, whenever they were started: the second attempt of a check comes at a random time within its
 * interval, and every interval is up to a tenth shorter than configured.
 */

/*
 * The time from the start of an attempt to the start of the next, when its result was counted.
 * @chance: random, uniform over 32 bits
 */
uint32_t check_interval_delay_ms(const struct cluster_check *check, const struct rise_fall *counter,
				 uint32_t chance);

/* True if the next attempt comes at the fast interval: bad, or not sure to stay good. */
bool check_interval_is_fast(const struct rise_fall *counter);

/*
 * The time from the first to the second attempt of a check.
 * @n: the check's number on this node
 * @chance: random, the same for all checks of this node
 */
uint32_t check_interval_phase_ms(const struct cluster_check *check, uint32_t n, uint32_t chance);

#endif
