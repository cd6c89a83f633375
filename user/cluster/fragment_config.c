// SPDX-License-Identifier: GPL-2.0
#include "cluster/fragment_config.h"

#include <errno.h>
#include <stdlib.h>

int fragment_config_make(const struct cluster *config, struct cluster_pool *ret_pool)
{
	struct cluster_pool pool = { .name = "nodes", .mode = POOL_ACTIVE_ACTIVE };

	pool.members = calloc(config->n_nodes, sizeof(*pool.members));
	if (!pool.members)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_nodes; i++)
		if (!config->nodes[i].agentless)
			pool.members[pool.n_members++] = (struct cluster_member){ i, 1 };
	*ret_pool = pool;
	return 0;
}
