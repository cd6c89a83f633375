/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_SECTIONS_H
#define STEER_CONFIG_SECTIONS_H

#include "config/cluster.h"
#include "config/names.h"
#include "config/walk.h"

/**
 * DOC: the sections of a configuration file, one source file each.
 *
 * Every function reads its part of the tree into the loader's cluster, adds errors, and continues.
 * Invalid items keep their index in the arrays, so that later sections can refer to them without
 * consequential errors. Nodes are read first, then pools, then services.
 */
struct loader {
	struct walk walk;
	struct cluster *cluster;
	enum steer_forward forward; /* default of nodes without "forward:" */
	struct names node_names;
	struct names node_ids;
	struct names node_addresses;
	struct names pool_names;
	struct names service_names;
	struct names endpoints;	   /* VIP, protocol and port */
	const yaml_node_t **check; /* each pool's health section, NULL if absent or wrong */
};

/* "forward:", of the file and of a node. Return: as the functions of value.h. */
int section_forward(const struct walk *walk, const yaml_node_t *node,
		    enum steer_forward *ret_forward);

/* Add a text that must be unique to @names; @what: its kind ("node name"), for errors. */
void section_unique(struct loader *loader, struct names *names, const yaml_node_t *node,
		    const char *what, const char *text, size_t index);

void section_liveness(struct loader *loader, const yaml_node_t *node);
void section_nodes(struct loader *loader, const yaml_node_t *sequence);
void section_pools(struct loader *loader, const yaml_node_t *sequence);
void section_members(struct loader *loader, const yaml_node_t *node, struct cluster_pool *pool);
void section_check(struct loader *loader, const yaml_node_t *node, struct cluster_check *check);
void section_services(struct loader *loader, const yaml_node_t *sequence);

/* The values of a pool's policy keys, NULL where absent. */
struct section_policy {
	const yaml_node_t *min_healthy, *on_panic, *slow_start, *preempt;
};

/* Read the policy of a pool whose members are known. */
void section_policy(struct loader *loader, const struct section_policy *keys,
		    struct cluster_pool *pool);
void section_damping(struct loader *loader, const yaml_node_t *node);

/* "hash:" and "flow-table:" of a service whose protocol is known. @node: NULL if absent. */
void section_hash(const struct walk *walk, const yaml_node_t *node,
		  struct cluster_service *service);
void section_flow_table(const struct walk *walk, const yaml_node_t *node,
			struct cluster_service *service);
/* Check that the connection ids of a service can name all members of its pool. */
void section_server_ids(struct loader *loader, const yaml_node_t *item,
			const struct cluster_service *service);
void section_tunnel_source(struct loader *loader, const yaml_node_t *node);

/* Check the conditions that pools, their checks and services must meet together. */
void section_check_targets(struct loader *loader);

/**
 * section_find - look up the object that a value names.
 * @node: the value
 * @what: the key, which is the kind of object, too: "node" or "pool"
 * @names: names of all objects of this kind
 * @name: returns the names by index, for suggestions
 * @ret_index: the object's index
 *
 * Return: 0; -ENOENT if the value is absent; -EINVAL with an error added.
 */
int section_find(struct loader *loader, const yaml_node_t *node, const char *what,
		 const struct names *names, const char *(*name)(const void *context, size_t i),
		 size_t *ret_index);

/* For section_find(): the names of the cluster's nodes and pools; @context is the cluster. */
const char *section_node_name(const void *context, size_t i);
const char *section_pool_name(const void *context, size_t i);

#endif
