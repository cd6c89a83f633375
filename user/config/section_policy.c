// SPDX-License-Identifier: GPL-2.0
#include "config/sections.h"
#include "config/value.h"

/* What a pool does when members fail and return. */
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

	/* Members that could not be read are an error of their own. */
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
