/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_JSON_NODES_H
#define STEER_DAEMON_JSON_NODES_H

#include <jansson.h>

#include "config/cluster.h"

/* The names of nodes, as a new reference to an array. */
static inline json_t *json_node_names(const struct cluster_node *const *nodes, size_t n)
{
	json_t *names = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(names, json_string(nodes[i]->name));
	return names;
}

#endif
