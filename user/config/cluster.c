// SPDX-License-Identifier: GPL-2.0
#include "config/cluster.h"

#include <stdlib.h>
#include <string.h>

const char *const cluster_check_words[] = {
	[CHECK_NONE] = "none",	 [CHECK_TCP] = "tcp",	[CHECK_HTTP] = "http",
	[CHECK_HTTPS] = "https", [CHECK_EXEC] = "exec", NULL,
};

void cluster_free(struct cluster *cluster)
{
	if (!cluster)
		return;
	for (size_t i = 0; i < cluster->n_pools; i++)
		free(cluster->pools[i].members);
	free(cluster->nodes);
	free(cluster->pools);
	free(cluster->services);
	explicit_bzero(cluster->flow_key, sizeof(cluster->flow_key));
	explicit_bzero(cluster->auth_key, sizeof(cluster->auth_key));
	free(cluster);
}

bool cluster_has_history(const struct cluster_pool *pool)
{
	return pool->mode == POOL_ACTIVE_PASSIVE && !pool->preempt;
}

const struct cluster_node *cluster_node_by_id(const struct cluster *cluster, uint16_t id)
{
	for (size_t i = 0; i < cluster->n_nodes; i++)
		if (cluster->nodes[i].id == id)
			return &cluster->nodes[i];
	return NULL;
}

const struct cluster_node *cluster_node_by_name(const struct cluster *cluster, const char *name)
{
	for (size_t i = 0; i < cluster->n_nodes; i++)
		if (!strcmp(cluster->nodes[i].name, name))
			return &cluster->nodes[i];
	return NULL;
}
