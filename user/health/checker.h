/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_CHECKER_H
#define STEER_HEALTH_CHECKER_H

#include <stdint.h>
#include <systemd/sd-event.h>

#include "config/cluster.h"
#include "health/counter.h"

/**
 * DOC: runs the health checks of this node's own services (TCP connect, HTTP by libcurl's multi
 * interface), all from one event loop, and reports each pool's verdict.
 *
 * A pool with a check is checked at the check's own address if it has one, else at the VIP and port of
 * every service of the pool that has a single address, through the loopback device: a VIP that is not
 * configured on this node is found out instead of being answered by another node. A pool is healthy when all its checks
 * are. Checks of one interval are spread over it, so that they do not all fire at once.
 */
struct checker;

/* A pool's verdict changed; detail says why in words ("connect 198.51.100.1:80: Connection refused"). */
typedef void (*checker_changed_fn)(void *context, uint16_t pool, enum health_verdict verdict,
				   const char *detail);

int checker_new(sd_event *event, checker_changed_fn changed, void *context,
		struct checker **ret_checker);
void checker_free(struct checker *checker);

/**
 * checker_configure - check the pools this cluster's self is a member of.
 * Checks that are the same before and after keep their state. Pools are known by name.
 */
int checker_configure(struct checker *checker, const struct cluster *cluster);

/* The verdict now; HEALTH_GOOD for a pool without a check. ret_detail may be NULL. */
enum health_verdict checker_get(const struct checker *checker, uint16_t pool, const char **ret_detail);

#endif
