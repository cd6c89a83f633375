// SPDX-License-Identifier: GPL-2.0
#include "daemon/recipe.h"

#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"
#include "daemon/layout.h"
#include "steer/siphash.h"
#include "table/table.h"

int recipe_init(struct recipe *recipe, const struct cluster *cluster)
{
	recipe->cluster = cluster;
	recipe->nodes = calloc(STEER_MAX_NODES, sizeof(*recipe->nodes));
	return recipe->nodes ? 0 : -ENOMEM;
}

void recipe_free(struct recipe *recipe)
{
	free(recipe->nodes);
	recipe->nodes = NULL;
}

/* The pool's members in their order, then the other nodes that run Steer. */
static size_t recipe_list_nodes(const struct recipe *recipe, const struct cluster_pool *pool)
{
	bool listed[STEER_MAX_NODES] = {};
	size_t n = 0, i;
	uint16_t id;

	for (i = 0; i < pool->n_members; i++) {
		recipe->nodes[n++] = recipe->cluster->nodes[pool->members[i].node].id;
		listed[recipe->nodes[n - 1]] = true;
	}
	for (id = 1; id < STEER_MAX_NODES; id++) {
		const struct cluster_node *node = cluster_node_by_id(recipe->cluster, id);

		if (node && !listed[id] && layout_runs_steer(node))
			recipe->nodes[n++] = id;
	}
	return n;
}

uint64_t recipe_source(const struct recipe *recipe, const struct cluster_pool *pool)
{
	size_t n = recipe_list_nodes(recipe, pool), i;
	struct steer_settings keys = {};
	struct steer_siphash s;

	layout_keys(recipe->cluster, &keys);
	steer_sip_init(&s, &keys.flow_key);
	steer_sip_word(&s, (uint64_t)pool->mode << 32 | pool->n_members, 2);
	for (i = 0; i < n; i++)
		steer_sip_word(&s,
			       (uint64_t)recipe->nodes[i] << 32 |
				       (i < pool->n_members ? pool->members[i].weight : 0),
			       2);
	return steer_sip_end(&s, 8 * (n + 1), 2);
}

int recipe_build(const struct recipe *recipe, const struct cluster_pool *pool,
		 struct steer_row *ret_rows)
{
	_cleanup_(cleanup_free) struct table_member *members =
		calloc(pool->n_members, sizeof(*members));
	static const __u64 purpose = 0x656c626174; /* "table" */
	const struct cluster *cluster = recipe->cluster;
	struct steer_settings keys = {};
	size_t i;

	if (!members)
		return -ENOMEM;
	for (i = 0; i < pool->n_members; i++) {
		members[i].node = cluster->nodes[pool->members[i].node].id;
		members[i].weight = pool->members[i].weight;
	}
	if (pool->mode == POOL_ACTIVE_PASSIVE)
		return table_build_ordered(members, pool->n_members, ret_rows, STEER_TABLE_ROWS);
	layout_keys(cluster, &keys);
	return table_build(members, pool->n_members, steer_siphash24(&keys.flow_key, &purpose, 1),
			   ret_rows, STEER_TABLE_ROWS);
}

int recipe_fallback(const struct recipe *recipe, const struct cluster_pool *pool,
		    const struct steer_row *old, struct steer_row *rows)
{
	size_t n = recipe_list_nodes(recipe, pool);

	return table_set_fallback(rows, old, STEER_TABLE_ROWS, recipe->nodes, n,
				  pool->mode == POOL_ACTIVE_ACTIVE);
}

int recipe_count(const struct recipe *recipe, const struct cluster_pool *pool,
		 const struct steer_row *rows, uint32_t **ret_count)
{
	uint32_t *of_node = calloc(STEER_MAX_NODES, sizeof(*of_node));
	uint32_t *count = calloc(pool->n_members, sizeof(*count));
	size_t i;

	if (!of_node || !count) {
		free(of_node);
		free(count);
		return -ENOMEM;
	}
	for (i = 0; i < STEER_TABLE_ROWS; i++)
		of_node[rows[i].rank[0] % STEER_MAX_NODES]++;
	for (i = 0; i < pool->n_members; i++)
		count[i] = of_node[recipe->cluster->nodes[pool->members[i].node].id];
	free(of_node);
	*ret_count = count;
	return 0;
}
