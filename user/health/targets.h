/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_TARGETS_H
#define STEER_HEALTH_TARGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/address.h"
#include "config/cluster.h"

/**
 * DOC: the targets of health checks on this node, from the configuration. Pure.
 *
 * A node checks its own services, and those of agentless nodes, which cannot check themselves.
 */
struct check_target {
	char pool[CLUSTER_NAME_MAX];
	uint16_t node;			  /* the checked node; STEER_NODE_NONE: this node */
	char node_name[CLUSTER_NAME_MAX]; /* exec: the name of that node */
	struct cluster_check check;
	struct steer_addr address; /* exec: none, and no port */
	uint16_t port;
	bool is_vip;		  /* the address is a VIP of this node, not the check's own */
	bool is_path;		  /* the address is a VIP, reached as the XDP program forwards */
	struct steer_addr source; /* is_path: the address of this node */
};

#define CHECK_TARGET_TEXT_MAX (ADDRESS_TEXT_MAX + 8)

/**
 * targets_build - list the targets of all pools with this node or an agentless node as member.
 * @cluster: the configuration
 * @ret_targets: to be freed by the caller; no two are equal
 * @ret_n_targets: their number
 *
 * The port is the check's own or that of the pool's services. A service with a prefix, or with any
 * port while the check has none, has no target. Agentless nodes are checked at their own address,
 * whatever address the check has; and, for TCP services, also at the VIP, over the path on which
 * packets are forwarded to them. A command runs once for a pool, and once for each of its
 * agentless members.
 *
 * Return: 0, -ENOMEM.
 */
int targets_build(const struct cluster *cluster, struct check_target **ret_targets,
		  size_t *ret_n_targets);

/*
 * The address at which this node reaches another: of a family that both have, preferably IPv4.
 * NULL: there is none.
 */
const struct steer_addr *targets_address(const struct cluster *cluster,
					 const struct cluster_node *node);

/* True if both are the same check of the same target, so that its state is kept. */
bool targets_same(const struct check_target *a, const struct check_target *b);

/* "192.0.2.1:80" or "[2001:db8::1]:80". Return: buffer. */
const char *targets_format(const struct check_target *target, char buffer[CHECK_TARGET_TEXT_MAX]);

#endif
