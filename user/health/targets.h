/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_TARGETS_H
#define STEER_HEALTH_TARGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/address.h"
#include "config/cluster.h"

/**
 * DOC: from a cluster to the list of what this node has to check. Pure.
 *
 * That is its own services, and those of nodes without Steer, which nobody else can speak for.
 */
struct check_target {
	char pool[CLUSTER_NAME_MAX];
	uint16_t node;			  /* whom it is about; STEER_NODE_NONE: ourselves */
	char node_name[CLUSTER_NAME_MAX]; /* exec: its name, also our own */
	struct cluster_check check;
	struct steer_addr address; /* exec: none, and no port */
	uint16_t port;
	bool is_vip;		  /* a VIP of our own, not the check's own address */
	bool is_path;		  /* a VIP, by the way the program forwards to the node */
	struct steer_addr source; /* is_path: our own address */
};

#define CHECK_TARGET_TEXT_MAX (ADDRESS_TEXT_MAX + 8)

/**
 * targets_build - what the pools that the cluster's self or an agentless node is a member of need
 * checked.
 * @ret_targets: to be freed by the caller; no two are the same
 *
 * A check with an address needs a port of its own, or takes those of the pool's services. Services
 * with a prefix, and with any port when the check has none, have nothing to connect to. Agentless
 * nodes are checked at their own address, whatever address the check has; and, for services by
 * TCP, at the VIP, along the way that packets of the service take to them. A command is run once
 * for a pool, and once more for each agentless member.
 * Return: 0, -ENOMEM.
 */
int targets_build(const struct cluster *cluster, struct check_target **ret_targets,
		  size_t *ret_n_targets);

/* The address we reach a node by: of a family we both have, IPv4 first. NULL: none. */
const struct steer_addr *targets_address(const struct cluster *cluster,
					 const struct cluster_node *node);

/* The same check of the same thing: its state may be kept. */
bool targets_same(const struct check_target *a, const struct check_target *b);

/* "192.0.2.1:80" or "[2001:db8::1]:80". Return: buffer. */
const char *targets_format(const struct check_target *target, char buffer[CHECK_TARGET_TEXT_MAX]);

#endif
