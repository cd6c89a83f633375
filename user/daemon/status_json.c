// SPDX-License-Identifier: GPL-2.0
#include "daemon/status_json.h"

#include <stdio.h>
#include <string.h>

#include "daemon/clock.h"
#include "policy/state.h"

double status_json_since_s(uint64_t then_ns)
{
	return (clock_now_ns() - then_ns) / 1e9;
}

json_t *status_json_hex(uint64_t value)
{
	char text[17];

	snprintf(text, sizeof(text), "%016llx", (unsigned long long)value);
	return json_string(text);
}

json_t *status_json_counter(const struct steer_counter *counter)
{
	return json_pack("{s:I, s:I}", "packets", (json_int_t)counter->packets, "bytes",
			 (json_int_t)counter->bytes);
}

static json_t *pool_json(const struct daemon *daemon, const struct pool *pool)
{
	const struct cluster *config = daemon->state->config;
	int serving = 0;

	for (size_t i = 0; i < pool->config->n_members; i++) {
		uint16_t id = config->nodes[pool->config->members[i].node].id;

		serving += !!(pool->published[id] & STEER_STATE_SERVING);
	}
	return json_pack("{s:s, s:i, s:i, s:s?, s:b}", "name", pool->config->name, "members",
			 (int)pool->config->n_members, "serving", serving, "active",
			 status_json_active(daemon, pool), "panic", pool->panic);
}

static json_t *program_json(struct daemon *daemon, size_t i)
{
	struct datapath_info info;

	datapath_get_info(daemon->datapath, i, &info);
	return json_pack("{s:I, s:s, s:s, s:s, s:b, s:b, s:b}", "id", (json_int_t)info.program_id,
			 "tag", info.program_tag, "interface", info.interface, "mode",
			 info.mode == DATAPATH_MODE_NATIVE ? "native" : "generic", "dispatcher",
			 info.dispatcher, "attached", daemon->interface[i].attached, "adopted",
			 info.adopted);
}

static json_t *config_json(struct daemon *daemon)
{
	return json_pack("{s:s, s:o, s:f, s:o}", "path", daemon->options.config_path, "digest",
			 status_json_hex(daemon->state->config->digest), "loaded_ago_s",
			 status_json_since_s(daemon->loaded_ns), "error",
			 daemon->config_error[0] ? json_string(daemon->config_error) : json_null());
}

json_t *status_json_status(struct daemon *daemon, bool *ret_degraded)
{
	const struct cluster_state *state = daemon->state;
	const struct cluster *config = state->config;
	json_t *degraded = status_json_degraded(daemon);
	json_t *programs = json_array();
	json_t *pools = json_array();
	int live = 1;

	for (size_t i = 0; i < config->n_nodes; i++)
		live += i != config->self &&
			!strcmp(status_json_liveness(daemon, &config->nodes[i]), "up");
	for (size_t i = 0; i < daemon->n_interfaces; i++)
		json_array_append_new(programs, program_json(daemon, i));
	for (size_t i = 0; i < config->n_pools; i++)
		json_array_append_new(pools, pool_json(daemon, state->in_order[i]));
	*ret_degraded = json_array_size(degraded) > 0;
	return json_pack("{s:s, s:s, s:s, s:i, s:s, s:b, s:o, s:o, s:o, s:{s:i, s:i}, s:o, s:o, "
			 "s:i, s:o, s:f}",
			 "node", state_self(state)->name, "cluster", config->name, "version",
			 STEER_VERSION, "generation", (int)state->generation, "admin",
			 policy_admin_name(state_admin(state, state_self(state)->id)), "isolated",
			 state->isolated, "degraded", degraded, "program", program_json(daemon, 0),
			 "programs", programs, "nodes", "total", (int)config->n_nodes, "live", live,
			 "liveness", status_json_probing(daemon), "pools", pools, "services",
			 (int)config->n_services, "config", config_json(daemon), "uptime_s",
			 status_json_since_s(daemon->started_ns));
}
