// SPDX-License-Identifier: GPL-2.0
#include "config/sections.h"
#include "config/value.h"
#include "steer/sbfd.h"

/* Keys about the share of members mean nothing where the active member has all flows. */
static void refuse_sharing(const struct walk *walk, const struct section_policy *keys)
{
	if (keys->min_healthy)
		walk_error(walk, keys->min_healthy,
			   "min-healthy means nothing in an active-passive pool, where one member "
			   "serves; remove it");
	if (keys->slow_start)
		walk_error(
			walk, keys->slow_start,
			"slow-start means nothing in an active-passive pool, where one member has "
			"all flows; remove it");
}

/* Nodes may find different states of an agentless member, which cannot announce its own. */
static void refuse_agentless(const struct loader *loader, const yaml_node_t *node,
			     const struct cluster_pool *pool)
{
	for (size_t i = 0; i < pool->n_members; i++) {
		const struct cluster_node *member = &loader->cluster->nodes[pool->members[i].node];

		if (!member->agentless)
			continue;
		walk_error(&loader->walk, node,
			   "preempt: false needs members that run Steer, and node %s has no agent; "
			   "remove one of the two",
			   member->name);
		return;
	}
}

/* Answers to probes have room for STEER_SBFD_ACTIVE pools with a history. */
static void limit_histories(const struct loader *loader, const yaml_node_t *node,
			    const struct cluster_pool *pool)
{
	size_t n = 1;

	for (uint16_t i = 0; i < pool->id; i++)
		n += cluster_has_history(&loader->cluster->pools[i]);
	if (n == STEER_SBFD_ACTIVE + 1)
		walk_error(&loader->walk, node,
			   "preempt is false in more than %d pools; let others have preempt: true",
			   STEER_SBFD_ACTIVE);
}

static void read_preempt(const struct loader *loader, const yaml_node_t *node,
			 struct cluster_pool *pool)
{
	static const char *const words[] = { "false", "true", NULL };
	unsigned int preempt = 1;

	pool->preempt = pool->mode == POOL_ACTIVE_PASSIVE;
	if (!node || value_choice(&loader->walk, node, "preempt", words, &preempt) < 0)
		return;
	if (pool->mode != POOL_ACTIVE_PASSIVE) {
		walk_error(&loader->walk, node,
			   "preempt means nothing in an active-active pool; remove it, or write "
			   "mode: active-passive");
		return;
	}
	pool->preempt = preempt;
	if (pool->preempt)
		return;
	refuse_agentless(loader, node, pool);
	limit_histories(loader, node, pool);
}

void section_policy(struct loader *loader, const struct section_policy *keys,
		    struct cluster_pool *pool)
{
	static const char *const actions[] = {
		[PANIC_ALL] = "all",
		[PANIC_DROP] = "drop",
		NULL,
	};
	const struct walk *walk = &loader->walk;
	unsigned int action = PANIC_ALL;

	read_preempt(loader, keys->preempt, pool);
	if (pool->mode == POOL_ACTIVE_PASSIVE)
		refuse_sharing(walk, keys);
	/* If no member could be read, that is an error already: allow any number here. */
	value_number_or_percent(walk, keys->min_healthy, "min-healthy",
				pool->n_members ? (uint32_t)pool->n_members : STEER_MAX_NODES - 1,
				&pool->panic.min_healthy, &pool->panic.percent);
	value_choice(walk, keys->on_panic, "on-panic", actions, &action);
	pool->panic.action = action;
	value_duration(walk, keys->slow_start, "slow-start", 0, 60 * 60 * 1000,
		       &pool->slow_start_ms);
}

void section_damping(struct loader *loader, const yaml_node_t *node)
{
	enum { HOLD, MAX_HOLD, FORGET, KEYS };
	static const struct walk_key keys[KEYS] = {
		[HOLD] = { "hold", false },
		[MAX_HOLD] = { "max-hold", false },
		[FORGET] = { "forget", false },
	};
	struct cluster_damping *damping = &loader->cluster->damping;
	const struct walk *walk = &loader->walk;
	const yaml_node_t *value[KEYS];

	*damping = (struct cluster_damping){
		.hold_ms = 1000,
		.max_hold_ms = 60 * 1000,
		.forget_ms = 5 * 60 * 1000,
	};
	if (!node || walk_mapping(walk, node, "damping", keys, KEYS, value) < 0)
		return;
	value_duration(walk, value[HOLD], "hold", 0, 10 * 60 * 1000, &damping->hold_ms);
	value_duration(walk, value[MAX_HOLD], "max-hold", 0, 60 * 60 * 1000, &damping->max_hold_ms);
	value_duration(walk, value[FORGET], "forget", 1000, 24 * 60 * 60 * 1000,
		       &damping->forget_ms);
	if (damping->max_hold_ms < damping->hold_ms)
		walk_error(walk, value[MAX_HOLD] ? value[MAX_HOLD] : value[HOLD],
			   "max-hold is shorter than hold; raise max-hold, or lower hold");
}
