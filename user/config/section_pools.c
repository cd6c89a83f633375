// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "config/sections.h"
#include "config/value.h"

#include "cleanup.h"

enum { NAME, MODE, PREEMPT, MEMBERS, HEALTH, MIN_HEALTHY, ON_PANIC, SLOW_START, KEYS };

static const struct walk_key pool_keys[KEYS] = {
	[NAME] = { "name", true },	    [MODE] = { "mode", false },
	[PREEMPT] = { "preempt", false },   [MEMBERS] = { "members", true },
	[HEALTH] = { "health", false },	    [MIN_HEALTHY] = { "min-healthy", false },
	[ON_PANIC] = { "on-panic", false }, [SLOW_START] = { "slow-start", false },
};

enum { MEMBER_NODE, MEMBER_WEIGHT, MEMBER_KEYS };

static const struct walk_key member_keys[MEMBER_KEYS] = {
	[MEMBER_NODE] = { "node", true },
	[MEMBER_WEIGHT] = { "weight", false },
};

/* The position of each node's first mention among a pool's members. */
struct seen {
	struct position at[STEER_MAX_NODES];
};

static void read_member_weight(struct loader *loader, const yaml_node_t *value,
			       const struct cluster_pool *pool, uint32_t *weight)
{
	const struct walk *walk = &loader->walk;

	if (!value)
		return;
	if (pool->mode == POOL_ACTIVE_PASSIVE) {
		walk_error(walk, value,
			   "weight means nothing in an active-passive pool; order the members "
			   "instead");
		return;
	}
	value_number(walk, value, "weight", 1, CLUSTER_WEIGHT_MAX, weight);
}

/* "n3", or { node: n3, weight: 50 } */
static void read_member(struct loader *loader, const yaml_node_t *item, struct cluster_pool *pool,
			struct seen *seen)
{
	const yaml_node_t *value[MEMBER_KEYS] = { [MEMBER_NODE] = item };
	const struct walk *walk = &loader->walk;
	struct cluster_member member;
	struct position *first;

	if (item->type != YAML_SCALAR_NODE &&
	    walk_mapping(walk, item, "a member", member_keys, MEMBER_KEYS, value) < 0)
		return;
	if (section_find(loader, value[MEMBER_NODE], "node", &loader->node_names, section_node_name,
			 &member.node) < 0) {
		read_member_weight(loader, value[MEMBER_WEIGHT], pool, &member.weight);
		return;
	}
	member.weight = loader->cluster->nodes[member.node].weight;
	read_member_weight(loader, value[MEMBER_WEIGHT], pool, &member.weight);
	first = &seen->at[member.node];
	if (first->line) {
		walk_error(walk, item, "node %s is a member already (line %zu); remove one",
			   loader->cluster->nodes[member.node].name, first->line);
		return;
	}
	*first = walk_position(item);
	pool->members[pool->n_members++] = member;
}

static void add_all_members(const struct cluster *cluster, struct cluster_pool *pool)
{
	for (size_t i = 0; i < cluster->n_nodes; i++)
		pool->members[pool->n_members++] =
			(struct cluster_member){ .node = i, .weight = cluster->nodes[i].weight };
}

static bool is_word(const yaml_node_t *node, const char *word)
{
	return node->type == YAML_SCALAR_NODE && !strcmp((char *)node->data.scalar.value, word);
}

void section_members(struct loader *loader, const yaml_node_t *node, struct cluster_pool *pool)
{
	const struct walk *walk = &loader->walk;
	struct seen seen = {};
	bool all = is_word(node, "all");
	size_t n = loader->cluster->n_nodes;

	if (!all && node->type != YAML_SEQUENCE_NODE) {
		walk_error(walk, node, "members is not a list; write [NODE, …] or all");
		return;
	}
	if (!all && walk_sequence(walk, node, "members", STEER_MAX_NODES - 1, &n) < 0)
		return;
	if (pool->mode == POOL_ACTIVE_PASSIVE && n > STEER_RANKS) {
		walk_error(walk, node,
			   "%zu members of an active-passive pool are too many; the limit is %d", n,
			   STEER_RANKS);
		return;
	}
	pool->members = calloc(n ? n : 1, sizeof(*pool->members));
	if (!pool->members) {
		walk->errors->out_of_memory = true;
		return;
	}
	if (all) {
		add_all_members(loader->cluster, pool);
		return;
	}
	for (size_t i = 0; i < n; i++)
		read_member(loader, walk_item(walk, node, i), pool, &seen);
}

/* A node with an agent answers probes; of one without, only a check can find whether it is live. */
static void require_check(struct loader *loader, const yaml_node_t *item,
			  const struct cluster_pool *pool)
{
	for (size_t i = 0; i < pool->n_members; i++) {
		const struct cluster_node *node = &loader->cluster->nodes[pool->members[i].node];

		if (!node->agentless)
			continue;
		walk_error(&loader->walk, item,
			   "node %s has no agent, so only a check can find whether it is live; add "
			   "health:",
			   node->name);
		return;
	}
}

static void read_pool(struct loader *loader, const yaml_node_t *item, size_t index)
{
	static const char *const modes[] = {
		[POOL_ACTIVE_ACTIVE] = "active-active",
		[POOL_ACTIVE_PASSIVE] = "active-passive",
		NULL,
	};
	struct cluster_pool *pool = &loader->cluster->pools[index];
	const struct walk *walk = &loader->walk;
	const yaml_node_t *value[KEYS];
	unsigned int mode = POOL_ACTIVE_ACTIVE;
	size_t errors_before;

	*pool = (struct cluster_pool){ .id = (uint16_t)index };
	if (walk_mapping(walk, item, "a pool", pool_keys, KEYS, value) < 0)
		return;
	if (value_name(walk, value[NAME], "name", pool->name) == 0)
		section_unique(loader, &loader->pool_names, value[NAME], "pool name", pool->name,
			       index);
	value_choice(walk, value[MODE], "mode", modes, &mode);
	pool->mode = mode;
	if (value[MEMBERS])
		section_members(loader, value[MEMBERS], pool);
	section_policy(loader,
		       &(struct section_policy){ value[MIN_HEALTHY], value[ON_PANIC],
						 value[SLOW_START], value[PREEMPT] },
		       pool);
	if (!value[HEALTH])
		require_check(loader, item, pool);
	errors_before = walk->errors->n;
	if (value[HEALTH])
		section_check(loader, value[HEALTH], &pool->check);
	if (walk->errors->n == errors_before)
		loader->check[index] = value[HEALTH];
}

void section_pools(struct loader *loader, const yaml_node_t *sequence)
{
	struct cluster *cluster = loader->cluster;
	size_t n;

	if (walk_sequence(&loader->walk, sequence, "pools", STEER_MAX_POOLS - 1, &n) < 0)
		return;
	cluster->pools = calloc(n, sizeof(*cluster->pools));
	loader->check = calloc(n, sizeof(*loader->check));
	if (!cluster->pools || !loader->check) {
		loader->walk.errors->out_of_memory = true;
		return;
	}
	cluster->n_pools = n;
	for (size_t i = 0; i < n; i++)
		read_pool(loader, walk_item(&loader->walk, sequence, i), i);
}
