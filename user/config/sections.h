/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_SECTIONS_H
#define STEER_CONFIG_SECTIONS_H

#include "config/cluster.h"
#include "config/names.h"
#include "config/walk.h"

/**
 * DOC: the sections of a configuration file, one source file each.
 *
 * Every function reads its part of the tree into the cluster of the loader, adds errors for what is
 * wrong, and goes on. Items keep their place in the arrays whether they are right or wrong, so that
 * later sections can refer to them without errors that follow from other errors. Nodes are read
 * first, then pools, then services.
 */
struct loader {
	struct walk walk;
	struct cluster *cluster;
	enum steer_forward forward; /* of nodes that do not say */
	struct names node_names;
	struct names node_ids;
	struct names node_addresses;
	struct names pool_names;
	struct names service_names;
	struct names endpoints;	   /* VIP, protocol and port */
	const yaml_node_t **check; /* each pool's health section, NULL if absent or wrong */
};

/* "forward:", of the file and of a node. Return: as the functions of value.h. */
int section_forward(const struct walk *walk, const yaml_node_t *node, enum steer_forward *ret);

/* Enter a text that must be unique; what says what it is ("node name"). */
void section_unique(struct loader *loader, struct names *names, const yaml_node_t *node,
		    const char *what, const char *text, size_t index);

void section_liveness(struct loader *loader, const yaml_node_t *node);
void section_nodes(struct loader *loader, const yaml_node_t *sequence);
void section_pools(struct loader *loader, const yaml_node_t *sequence);
void section_members(struct loader *loader, const yaml_node_t *node, struct cluster_pool *pool);
void section_check(struct loader *loader, const yaml_node_t *node, struct cluster_check *check);
void section_services(struct loader *loader, const yaml_node_t *sequence);

/* Values of a pool's keys, NULL where absent. */
struct section_policy {
	const yaml_node_t *min_healthy, *on_panic, *slow_start, *preempt;
};

/* With the pool's members known. */
void section_policy(struct loader *loader, const struct section_policy *keys,
		    struct cluster_pool *pool);
void section_damping(struct loader *loader, const yaml_node_t *node);

/* "hash:" and "flow-table:" of a service, whose protocol is known. NULL: absent. */
void section_hash(const struct walk *walk, const yaml_node_t *node,
		  struct cluster_service *service);
void section_flow_table(const struct walk *walk, const yaml_node_t *node,
			struct cluster_service *service);
/* Whether the connection ids of a service can name all members of its pool. */
void section_server_ids(struct loader *loader, const yaml_node_t *item,
			const struct cluster_service *service);
void section_tunnel_source(struct loader *loader, const yaml_node_t *node);

/* What pools, their checks and services must fulfil together. */
void section_check_targets(struct loader *loader);

/**
 * section_find - look up the thing that a value names.
 * @what: "node" or "pool"
 * @names: of all these things, in the order of name()
 *
 * Return: 0, -ENOENT (absent), -EINVAL (with an error added).
 */
int section_find(struct loader *loader, const yaml_node_t *node, const char *what,
		 const struct names *names, const char *(*name)(const void *context, size_t i),
		 size_t *ret_index);

/* For section_find(): the names of the cluster's nodes and pools; context is the cluster. */
const char *section_node_name(const void *context, size_t i);
const char *section_pool_name(const void *context, size_t i);

#endif
