/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_CHECKER_H
#define STEER_HEALTH_CHECKER_H

#include <stdint.h>
#include <systemd/sd-event.h>

#include "config/cluster.h"
#include "health/check.h"
#include "health/rise_fall.h"

/**
 * DOC: the health checks of this node's own services and of agentless nodes, on one event loop.
 *
 * The result is a verdict for each pool, and one for each agentless member of a pool.
 *
 * If a pool's check has an address of its own, that address is checked. Otherwise the VIP and port
 * of every service of the pool with a single address are checked, with the VIP as source address:
 * so a check of a VIP that is not configured on this node fails, and another node cannot answer it.
 * A pool is healthy when all its checks are; while one of them has no result yet, the pool's
 * verdict stays as it was.
 *
 * The first attempts start at once; then the checks spread over their interval, differently on
 * every node. While a check's verdict is bad, or its last results contradict the verdict, it runs
 * at its fast interval. An attempt that fails because this node lacks resources (descriptors,
 * memory) counts neither as success nor as failure.
 */
struct checker;

/*
 * A verdict has changed: of a pool on this node (@node is STEER_NODE_NONE) or on an agentless node.
 * @detail: the cause in words ("tcp 198.51.100.1:80: Connection refused")
 *
 * The callback may call checker_configure(), but not checker_free().
 */
typedef void (*checker_changed_fn)(void *context, uint16_t pool, uint16_t node,
				   enum health_verdict verdict, const char *detail);

/**
 * checker_new - create a checker without checks.
 * @event: the event loop
 * @changed: called with @context when a verdict changes
 * @ret_checker: free with checker_free()
 *
 * Return: 0 or a negative errno.
 */
int checker_new(sd_event *event, checker_changed_fn changed, void *context,
		struct checker **ret_checker);
void checker_free(struct checker *checker);

/*
 * Set the function that finds the next hop of an agentless node; it gets the context of
 * checker_new(). Without it, VIPs of agentless nodes cannot be checked.
 */
void checker_set_nexthop(struct checker *checker, checker_nexthop_fn nexthop);

/**
 * checker_configure - set the checks: of pools with this node or an agentless node as member.
 * @cluster: the configuration; not kept
 *
 * Unchanged checks keep their state, and pools their verdict. Pools are identified by name,
 * agentless nodes by id. No callback is called: read the verdicts with checker_get() afterwards.
 *
 * Return: 0; -ENOMEM or an error of the event loop, and nothing has changed.
 */
int checker_configure(struct checker *checker, const struct cluster *cluster);

/*
 * The verdict of a pool on this node; HEALTH_GOOD for a pool without a check. @ret_detail may be
 * NULL; the text is valid until the event loop continues.
 */
enum health_verdict checker_get(const struct checker *checker, uint16_t pool,
				const char **ret_detail);

/* The same of an agentless member of a pool; HEALTH_UNKNOWN for any other node. */
enum health_verdict checker_get_member(const struct checker *checker, uint16_t pool, uint16_t node,
				       const char **ret_detail);

#endif
