// SPDX-License-Identifier: GPL-2.0
#include "daemon/states.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/actives.h"
#include "daemon/agentless.h"
#include "daemon/agreement.h"
#include "daemon/changes.h"
#include "daemon/collectors.h"
#include "daemon/heed.h"
#include "daemon/isolation.h"
#include "daemon/log.h"
#include "daemon/meanwhile.h"
#include "daemon/members.h"
#include "daemon/view.h"
#include "policy/panic.h"
#include "policy/state.h"

static bool states_bit(const uint8_t *health, size_t pool)
{
	return health[pool >> 3] >> (pool & 7) & 1;
}

enum liveness_state states_of_peer(const struct daemon *daemon, uint16_t id)
{
	return liveness_get_state(daemon->liveness, id);
}

static uint8_t states_of_policy(const struct daemon *daemon, size_t slot, uint16_t id,
				enum liveness_state live)
{
	const struct daemon_peer *peer = &daemon->peers[id];
	struct policy_input input = {
		.live = live != LIVENESS_DOWN,
		.reachable = peer->usable || live == LIVENESS_UNKNOWN,
		.healthy = !peer->unhealthy[slot],
		.admin = peer->admin,
		.held = members_held_ns(daemon, slot, id, daemon_now_ns()),
	};

	return policy_state(&input);
}

/* The state byte of another node, which is what it was as long as we know no better. */
static uint8_t states_peer(const struct daemon *daemon, size_t slot, uint16_t id, uint8_t now)
{
	enum liveness_state live = states_of_peer(daemon, id);

	if (live == LIVENESS_UNKNOWN)
		return policy_state_alone(now);
	/* Cut off ourselves: what we see of the others is not what they are. */
	if (daemon->peers[id].held)
		live = LIVENESS_UP;
	return states_of_policy(daemon, slot, id, live);
}

/*
 * What we think of our own service, and tell. Before the first check's result, what an earlier
 * daemon left counts. If the service flaps, it is unhealthy for all until its hold ends.
 */
static bool states_is_healthy(const struct daemon *daemon, size_t index, size_t slot, uint8_t now)
{
	enum health_verdict verdict = checker_get(daemon->checker, index, NULL);

	if (members_held_ns(daemon, slot, daemon_self(daemon)->id, daemon_now_ns()))
		return false;
	return verdict == HEALTH_GOOD || (verdict == HEALTH_UNKNOWN && now & STEER_STATE_HEALTHY);
}

static uint8_t states_self(const struct daemon *daemon, size_t index, size_t slot, uint8_t now)
{
	struct policy_input input = {
		.live = true,
		.reachable = true,
		.healthy = states_is_healthy(daemon, index, slot, now),
		.admin = daemon->admin,
	};

	return policy_state(&input);
}

/*
 * A node that is no member, or no more: it owns nothing, but as long as it lives it keeps the flows
 * it has, which only others' tables remember.
 */
static uint8_t states_former(const struct daemon *daemon, const struct cluster *cluster,
			     size_t node, uint8_t now)
{
	uint16_t id = cluster->nodes[node].id;
	enum liveness_state live = LIVENESS_UP;
	struct policy_input input = {
		.reachable = true,
		.healthy = true,
		.admin = STEER_ADMIN_DRAINING,
	};

	if (cluster->nodes[node].agentless)
		return 0;
	if (node != cluster->self) {
		live = daemon->peers[id].held ? LIVENESS_UP : states_of_peer(daemon, id);
		input.reachable = daemon->peers[id].usable;
	}
	if (live == LIVENESS_UNKNOWN)
		input.live = input.reachable = now & STEER_STATE_LIVE;
	else
		input.live = live == LIVENESS_UP;
	return policy_state(&input);
}

void states_set(struct daemon *daemon, size_t slot, uint16_t id, uint8_t now, uint8_t state)
{
	if ((now ^ state) & STEER_STATE_LIVE)
		view_doubt(daemon);
	if (now != state)
		datapath_set_state(daemon->datapath, slot, id, state);
}

static void states_write_formers(struct daemon *daemon, const struct cluster *cluster,
				 const struct cluster_pool *pool, size_t slot)
{
	bool member[STEER_MAX_NODES] = {};
	size_t i;

	for (i = 0; i < pool->n_members; i++)
		member[cluster->nodes[pool->members[i].node].id] = true;
	for (i = 0; i < cluster->n_nodes; i++) {
		uint16_t id = cluster->nodes[i].id;
		uint8_t now = datapath_get_state(daemon->datapath, slot, id);

		if (!member[id])
			states_set(daemon, slot, id, now, states_former(daemon, cluster, i, now));
	}
}

static void states_compute(struct daemon *daemon, size_t index, size_t slot, uint8_t *ret_states,
			   bool *ret_panic)
{
	const struct cluster *cluster = daemon->cluster;
	const struct cluster_pool *pool = &cluster->pools[index];
	uint16_t self = daemon_self(daemon)->id;
	uint8_t ramp[STEER_MAX_NODES] = {};
	uint64_t now_ns = daemon_now_ns();
	size_t i;

	for (i = 0; i < pool->n_members; i++) {
		uint16_t id = cluster->nodes[pool->members[i].node].id;
		uint8_t now = datapath_get_state(daemon->datapath, slot, id);

		if (id == self)
			ret_states[i] = states_self(daemon, index, slot, now);
		else if (cluster->nodes[pool->members[i].node].agentless)
			ret_states[i] = agentless_state(daemon, index, id, now);
		else
			ret_states[i] = states_peer(daemon, slot, id, now);
		ramp[i] = members_ramp(daemon, pool, slot, id, now, ret_states[i], now_ns);
	}
	if (pool->mode == POOL_ACTIVE_PASSIVE) {
		*ret_panic = actives_apply(daemon, index, ret_states);
		return;
	}
	*ret_panic = panic_apply(&pool->panic, ret_states, pool->n_members);
	/* In panic everybody is needed at once. */
	for (i = 0; i < pool->n_members && !*ret_panic; i++)
		ret_states[i] |= ramp[i];
}

static void states_write_member(struct daemon *daemon, size_t index, size_t slot,
				const struct cluster_node *node, uint8_t state)
{
	uint8_t now = datapath_get_state(daemon->datapath, slot, node->id);

	if (now == state)
		return;
	states_set(daemon, slot, node->id, now, state);
	changes_member(daemon, index, node, now, state);
}

static void states_write_pool(struct daemon *daemon, size_t index, size_t slot)
{
	const struct cluster *cluster = daemon->cluster;
	const struct cluster_pool *pool = &cluster->pools[index];
	uint8_t states[STEER_MAX_NODES];
	bool panic;
	size_t i;

	states_write_formers(daemon, cluster, pool, slot);
	states_compute(daemon, index, slot, states, &panic);
	/* Who serves first: when one takes over from another, there is always somebody. */
	for (i = 0; i < pool->n_members; i++)
		if (states[i] & STEER_STATE_SERVING)
			states_write_member(daemon, index, slot,
					    &cluster->nodes[pool->members[i].node], states[i]);
	for (i = 0; i < pool->n_members; i++)
		states_write_member(daemon, index, slot, &cluster->nodes[pool->members[i].node],
				    states[i]);
	daemon->pools[slot].panic = panic;
	changes_panic(daemon, index, panic);
}

void states_announce(struct daemon *daemon)
{
	const struct cluster *cluster = daemon->cluster;
	struct liveness_report report = {
		.admin = daemon->admin,
		.load_percent = daemon->load.percent,
		.generation = daemon->generation,
		.pools_digest = cluster->pools_digest,
		.table_digest = daemon->table_digest,
		.admin_digest = heed_digest(daemon),
	};
	struct steer_reflector reflector;
	struct steer_settings settings;
	size_t i;
	int r;

	for (i = 0; i < cluster->n_pools; i++) {
		size_t slot = slots_find(&daemon->pool_slots, cluster->pools[i].name);
		uint8_t now = datapath_get_state(daemon->datapath, slot, daemon_self(daemon)->id);

		if (states_is_healthy(daemon, i, slot, now))
			report.health[i >> 3] |= 1 << (i & 7);
	}
	actives_announce(daemon, &report);
	r = datapath_get_settings(daemon->datapath, &settings);
	if (r == 0) {
		liveness_packet_reflector(&reflector, settings.auth_key, daemon_self(daemon)->id,
					  &report);
		r = datapath_set_reflector(daemon->datapath, &reflector);
	}
	if (r < 0)
		log_error("steer_reflector: cannot be written, peers see what we said last: %s",
			  strerror(-r));
}

void states_publish(struct daemon *daemon)
{
	const struct cluster *cluster = daemon->cluster;
	size_t i;

	if (!cluster)
		return;
	if (daemon->applying) {
		meanwhile_publish(daemon);
		return;
	}
	for (i = 0; i < cluster->n_pools; i++) {
		size_t slot = slots_find(&daemon->pool_slots, cluster->pools[i].name);

		states_write_pool(daemon, i, slot);
	}
	collectors_publish(daemon);
	states_announce(daemon);
	view_settle(daemon);
	members_arm(daemon);
	agreement_follow(daemon);
	/* Somebody may wait until peers act on a drain. */
	control_server_wake(daemon->control);
}

static bool states_is_member(const struct cluster *cluster, const char *pool_name, uint16_t id)
{
	size_t i, k;

	for (i = 0; i < cluster->n_pools; i++) {
		const struct cluster_pool *pool = &cluster->pools[i];

		if (strcmp(pool->name, pool_name) != 0)
			continue;
		for (k = 0; k < pool->n_members; k++)
			if (cluster->nodes[pool->members[k].node].id == id)
				return true;
	}
	return false;
}

/*
 * Whoever is new to a pool counts as serving unless it is known to be down: nodes must agree by
 * default, or flows break just because a daemon starts. Ourselves we know better: not before the
 * first check has passed.
 */
void states_prepare(struct daemon *daemon, const struct cluster *cluster,
		    const struct cluster_pool *pool, size_t slot, bool fresh)
{
	uint16_t self = cluster->nodes[cluster->self].id;
	uint16_t id;

	for (id = 1; id < STEER_MAX_NODES; id++) {
		bool known = daemon->cluster ? states_is_member(daemon->cluster, pool->name, id)
					     : !fresh;
		uint8_t state = datapath_get_state(daemon->datapath, slot, id);

		if (!states_is_member(cluster, pool->name, id))
			members_forget(daemon, slot, id);
		if (!cluster_node_by_id(cluster, id))
			state = 0;
		else if (!states_is_member(cluster, pool->name, id))
			continue;
		else if (!known && id != self)
			state = states_of_policy(daemon, slot, id, states_of_peer(daemon, id));
		datapath_set_state(daemon->datapath, slot, id, state);
	}
	states_write_formers(daemon, cluster, pool, slot);
	actives_prepare(daemon, cluster, pool, slot, !fresh);
}

uint8_t states_get(const struct daemon *daemon, const struct cluster_pool *pool, size_t member)
{
	size_t slot = slots_find(&daemon->pool_slots, pool->name);

	return datapath_get_state(daemon->datapath, slot,
				  daemon->cluster->nodes[pool->members[member].node].id);
}

void states_liveness(void *context, uint16_t id, enum liveness_state state, uint64_t silent_ns)
{
	struct daemon *daemon = context;
	struct daemon_peer *peer = &daemon->peers[id];
	const struct cluster_node *node = cluster_node_by_id(daemon->cluster, id);
	struct liveness_peer_status status = {};
	uint64_t now_ns;

	if (!node)
		return;
	/* The time it was noticed: we may have been busy since, and who fell silent one by one did
	 * not do so at once. */
	liveness_get_status(daemon->liveness, id, &status);
	now_ns = status.changed_ns;
	members_liveness(daemon, node, state, now_ns);
	if (state == LIVENESS_DOWN) {
		peer->down_ns = peer->was_up ? now_ns : 0;
	} else {
		peer->down_ns = 0;
		peer->held = false;
		peer->was_up = true;
		daemon->came_ns = now_ns;
	}
	changes_liveness(daemon, node, state, silent_ns);
	isolation_judge(daemon, now_ns);
}

void states_report(void *context, uint16_t id, const struct liveness_report *report)
{
	struct daemon *daemon = context;
	struct daemon_peer *peer = &daemon->peers[id];
	const struct cluster_node *node = cluster_node_by_id(daemon->cluster, id);
	size_t i;

	if (!node)
		return;
	changes_admin(daemon, node, peer->admin, report->admin, "it says so");
	peer->admin = report->admin;
	/* Health bits of a node that runs another list of pools would be other pools' bits. */
	for (i = 0;
	     report->pools_digest == daemon->cluster->pools_digest && i < daemon->cluster->n_pools;
	     i++) {
		size_t slot = slots_find(&daemon->pool_slots, daemon->cluster->pools[i].name);

		peer->unhealthy[slot] = !states_bit(report->health, i);
	}
}

void states_told(void *context)
{
	states_publish(context);
}

void states_health(void *context, uint16_t index, uint16_t id, enum health_verdict verdict,
		   const char *detail)
{
	struct daemon *daemon = context;
	const struct cluster_node *node;

	if (!daemon->cluster || index >= daemon->cluster->n_pools)
		return;
	node = id == STEER_NODE_NONE ? daemon_self(daemon)
				     : cluster_node_by_id(daemon->cluster, id);
	if (node) {
		changes_health(daemon, index, node, verdict, detail);
		members_health(daemon, index, node, verdict);
	}
	states_publish(daemon);
}
