// SPDX-License-Identifier: GPL-2.0
#include "cluster/table_spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "steer/siphash.h"
#include "table/table.h"

int table_spec_init(struct table_spec *spec, const struct cluster *config)
{
	spec->config = config;
	spec->nodes = calloc(STEER_MAX_NODES, sizeof(*spec->nodes));
	return spec->nodes ? 0 : -ENOMEM;
}

void table_spec_free(struct table_spec *spec)
{
	free(spec->nodes);
	spec->nodes = NULL;
}

static struct steer_key flow_key(const struct cluster *config)
{
	struct steer_key key;

	memcpy(&key, config->flow_key, sizeof(key));
	return key;
}

/* The pool's members in their order, then the other nodes that run Steer. */
static size_t list_nodes(const struct table_spec *spec, const struct cluster_pool *pool)
{
	bool listed[STEER_MAX_NODES] = {};
	size_t n = 0;

	for (size_t i = 0; i < pool->n_members; i++) {
		spec->nodes[n++] = spec->config->nodes[pool->members[i].node].id;
		listed[spec->nodes[n - 1]] = true;
	}
	for (uint16_t id = 1; id < STEER_MAX_NODES; id++) {
		const struct cluster_node *node = cluster_node_by_id(spec->config, id);

		if (node && !listed[id] && !node->agentless)
			spec->nodes[n++] = id;
	}
	return n;
}

uint64_t table_spec_digest(const struct table_spec *spec, const struct cluster_pool *pool)
{
	const struct steer_key key = flow_key(spec->config);
	size_t n = list_nodes(spec, pool);
	struct steer_siphash s;

	steer_sip_init(&s, &key);
	steer_sip_word(&s, (uint64_t)pool->mode << 32 | pool->n_members, 2);
	for (size_t i = 0; i < n; i++)
		steer_sip_word(&s,
			       (uint64_t)spec->nodes[i] << 32 |
				       (i < pool->n_members ? pool->members[i].weight : 0),
			       2);
	return steer_sip_end(&s, 8 * (n + 1), 2);
}

int table_spec_build(const struct table_spec *spec, const struct cluster_pool *pool,
		     struct steer_row *ret_rows)
{
	_cleanup_(cleanup_free) struct table_member *members =
		calloc(pool->n_members, sizeof(*members));
	static const __u64 purpose = 0x656c626174; /* "table" */
	const struct steer_key key = flow_key(spec->config);

	if (!members)
		return -ENOMEM;
	for (size_t i = 0; i < pool->n_members; i++) {
		members[i].node = spec->config->nodes[pool->members[i].node].id;
		members[i].weight = pool->members[i].weight;
	}
	if (pool->mode == POOL_ACTIVE_PASSIVE)
		return table_build_ordered(members, pool->n_members, ret_rows, STEER_TABLE_ROWS);
	return table_build(members, pool->n_members, steer_siphash24(&key, &purpose, 1), ret_rows,
			   STEER_TABLE_ROWS);
}

int table_spec_set_fallback(const struct table_spec *spec, const struct cluster_pool *pool,
			    const struct steer_row *old, const struct steer_former *old_former,
			    struct steer_row *rows, struct steer_former *ret_former,
			    struct table_former *ret_count)
{
	const struct table_fallback input = {
		.nodes = spec->nodes,
		.n_nodes = list_nodes(spec, pool),
		.spread = pool->mode == POOL_ACTIVE_ACTIVE,
		.old = old,
		.old_former = old ? old_former : NULL,
	};

	return table_set_fallback(&input, rows, STEER_TABLE_ROWS, ret_former, ret_count);
}

int table_spec_count(const struct table_spec *spec, const struct cluster_pool *pool,
		     const struct steer_row *rows, uint32_t **ret_count)
{
	_cleanup_(cleanup_free) uint32_t *of_node = calloc(STEER_MAX_NODES, sizeof(*of_node));
	uint32_t *count = calloc(pool->n_members, sizeof(*count));

	if (!of_node || !count) {
		free(count);
		return -ENOMEM;
	}
	for (size_t i = 0; i < STEER_TABLE_ROWS; i++)
		of_node[rows[i].rank[0] % STEER_MAX_NODES]++;
	for (size_t i = 0; i < pool->n_members; i++)
		count[i] = of_node[spec->config->nodes[pool->members[i].node].id];
	*ret_count = count;
	return 0;
}
