// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "cluster/convergence.h"
#include "cluster/member_health.h"
#include "daemon/clock.h"
#include "daemon/own_interfaces.h"
#include "daemon/status_json.h"
#include "policy/panic.h"

static void add_daemon(const struct daemon *daemon, json_t *list)
{
	for (size_t i = 0; i < daemon->n_interfaces; i++)
		if (!daemon->interface[i].attached && own_interfaces_is_gone(daemon, i))
			json_array_append_new(
				list, json_sprintf("interface %s: it is gone; the program is "
						   "attached again when it comes back",
						   daemon->interface[i].name));
		else if (!daemon->interface[i].attached)
			json_array_append_new(list,
					      json_sprintf("interface %s: the program is not "
							   "attached any more; restart steerd",
							   daemon->interface[i].name));
	for (size_t i = 0; i < daemon->n_interfaces; i++)
		if (strcmp(daemon->interface[i].name, state_self(daemon->state)->interfaces[i]) !=
		    0)
			json_array_append_new(
				list,
				json_sprintf("interface %s: it is named %s now; write that into "
					     "the configuration, or the next start fails",
					     state_self(daemon->state)->interfaces[i],
					     daemon->interface[i].name));
	if (daemon->state->isolated)
		json_array_append_new(list,
				      json_string("isolated: most peers fell silent at once"));
	if (daemon->config_error[0])
		json_array_append_new(list,
				      json_sprintf("configuration: the last reload was refused: %s",
						   daemon->config_error));
}

static void add_node(const struct daemon *daemon, const struct cluster_node *node, json_t *list)
{
	const struct cluster_state *state = daemon->state;
	const struct peer *peer = &state->peers[node->id];
	uint64_t diverged_ns = convergence_diverged_ns(state, node->id, clock_now_ns());

	if (peer->liveness == LIVENESS_DOWN)
		json_array_append_new(list, json_sprintf("node %s: down", node->name));
	else if (diverged_ns >= convergence_grace_ns(state))
		json_array_append_new(
			list, json_sprintf("node %s: other %s than ours for %.0f s; compare "
					   "configurations",
					   node->name,
					   peer->report.pools_digest != state->config->pools_digest
						   ? "pools"
						   : "tables",
					   diverged_ns / 1e9));
}

static void add_member(const struct daemon *daemon, const struct pool *pool,
		       const struct cluster_node *node, json_t *list)
{
	const char *word = status_json_member(daemon, pool, node);
	uint64_t held_ns = member_health_held_ns(daemon->state, pool, node->id, clock_now_ns());

	if (held_ns)
		json_array_append_new(
			list,
			json_sprintf("pool %s: node %s keeps failing, and is held down for %.1f s",
				     pool->config->name, node->name, held_ns / 1e9));
	if (!strcmp(word, "unhealthy") || (node->agentless && !strcmp(word, "down")))
		json_array_append_new(list, json_sprintf("pool %s: %s on node %s",
							 pool->config->name, word, node->name));
}

static void add_pool(const struct daemon *daemon, const struct pool *pool, json_t *list)
{
	const struct cluster_pool *config = pool->config;

	if (pool->panic)
		json_array_append_new(list,
				      json_sprintf("pool %s: fewer than %zu members serve, %s",
						   config->name,
						   panic_least(&config->panic, config->n_members),
						   config->panic.action == PANIC_DROP
							   ? "its packets are dropped"
							   : "all live ones are used"));
	if (pool->table.former.forgotten)
		json_array_append_new(
			list,
			json_sprintf(
				"pool %s: members changed so often that %u former owners of rows "
				"are forgotten, whose connections may break; a row remembers "
				"%d for an hour",
				config->name, pool->table.former.forgotten,
				STEER_FALLBACKS + STEER_FORMER));
	for (size_t i = 0; i < config->n_members; i++)
		add_member(daemon, pool, &daemon->state->config->nodes[config->members[i].node],
			   list);
}

json_t *status_json_degraded(const struct daemon *daemon)
{
	const struct cluster *config = daemon->state->config;
	json_t *list = json_array();

	add_daemon(daemon, list);
	for (size_t i = 0; i < config->n_nodes; i++)
		if (i != config->self && !config->nodes[i].agentless)
			add_node(daemon, &config->nodes[i], list);
	for (size_t i = 0; i < config->n_pools; i++)
		add_pool(daemon, daemon->state->in_order[i], list);
	return list;
}
