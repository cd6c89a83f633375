/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_CHECKER_H
#define STEER_HEALTH_CHECKER_H

#include <stdint.h>
#include <systemd/sd-event.h>

#include "config/cluster.h"
#include "health/check.h"
#include "health/rise_fall.h"

/**
 * DOC: runs the health checks of this node's own services and of agentless nodes, all from one
 * event loop, and reports a verdict of each pool, and of each agentless member of a pool.
 *
 * A pool with a check is checked at the check's own address if it has one, else at the VIP and port
 * of every service of the pool that has a single address, with the VIP as source: a VIP that is not
 * configured on this node is found out instead of being answered by another node. A pool is healthy
 * when all its checks are; while one has no result yet, the pool's verdict stays what it was.
 *
 * The first round starts at once; after it, the checks spread over their interval, differently on
 * every node. As long as results speak against a check's verdict, or it is bad, it is repeated at
 * its fast interval. An attempt that we lack the means for ourselves (descriptors, memory) counts
 * neither way.
 */
struct checker;

/*
 * The verdict of a pool here (node is STEER_NODE_NONE) or on an agentless node has changed; detail
 * says why in words ("tcp 198.51.100.1:80: Connection refused"). May call checker_configure(), but
 * not checker_free().
 */
typedef void (*checker_changed_fn)(void *context, uint16_t pool, uint16_t node,
				   enum health_verdict verdict, const char *detail);

int checker_new(sd_event *event, checker_changed_fn changed, void *context,
		struct checker **ret_checker);
void checker_free(struct checker *checker);

/* Whom to ask for ways, with the context of checker_new(); without it no VIP of an agentless node
 * can be checked. */
void checker_set_way(struct checker *checker, checker_way_fn way);

/**
 * checker_configure - check the pools this cluster's self or an agentless node is a member of.
 * Checks that are the same before and after keep their state, pools their verdict. Pools are known
 * by name, agentless nodes by id. Calls nobody back: read the verdicts with checker_get()
 * afterwards.
 *
 * Return: 0; -ENOMEM, or an error of the event loop: everything is as before.
 */
int checker_configure(struct checker *checker, const struct cluster *cluster);

/*
 * The verdict now; HEALTH_GOOD for a pool without a check. ret_detail may be NULL; the text is
 * valid until the event loop runs on.
 */
enum health_verdict checker_get(const struct checker *checker, uint16_t pool,
				const char **ret_detail);

/* The same for an agentless member of a pool; HEALTH_UNKNOWN for anybody else. */
enum health_verdict checker_get_member(const struct checker *checker, uint16_t pool, uint16_t node,
				       const char **ret_detail);

#endif
