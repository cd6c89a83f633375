// SPDX-License-Identifier: GPL-2.0
#include "daemon/changes.h"

#include <stdio.h>
#include <string.h>

#include "daemon/journal.h"
#include "daemon/members.h"
#include "daemon/states.h"
#include "policy/state.h"

void changes_health(struct daemon *daemon, size_t index, const struct cluster_node *node,
		    enum health_verdict verdict, const char *detail)
{
	static const char *const words[] = { "unhealthy", "healthy" };
	const char *pool = daemon->cluster->pools[index].name;
	size_t slot = slots_find(&daemon->pool_slots, pool);
	uint8_t known = datapath_get_state(daemon->datapath, slot, node->id);
	bool good = verdict == HEALTH_GOOD, was_good = known & STEER_STATE_HEALTHY;
	struct event event = {
		.kind = EVENT_HEALTH,
		.scope = EVENT_SCOPE_SERVICE,
		.severity = good ? EVENT_SEVERITY_INFO : EVENT_SEVERITY_WARNING,
		.node = node->name,
		.pool = pool,
		/* The first result of a daemon need not be another one than its predecessor's. */
		.old = good == was_good ? "unknown" : words[was_good],
		.new = words[good],
		.cause = detail,
	};

	if (good)
		event.cause = "its checks pass";
	else if (!detail || !*detail)
		event.cause = "no result";
	journal_event(daemon, &event, 0);
}

/* A member that is sent packets, or no more. */
static void changes_explain_live(const struct daemon *daemon, const struct cluster_node *node,
				 bool live, struct event *event)
{
	const struct daemon_peer *peer = &daemon->peers[node->id];
	bool self = node == daemon_self(daemon);

	if (live) {
		event->cause = peer->held ? "this node is cut off: it counts as before"
					  : "the node can be reached";
	} else if ((self ? daemon->admin : peer->admin) == STEER_ADMIN_MAINTENANCE) {
		event->cause = "the node is in maintenance";
	} else if (!self && states_of_peer(daemon, node->id) == LIVENESS_DOWN) {
		event->cause = "the node is silent";
		event->detection_us = peer->silent_ns / 1000;
	} else {
		event->cause = "the way to the node is not known";
	}
}

static void changes_explain_health(const struct daemon *daemon, size_t index,
				   const struct cluster_node *node, bool healthy,
				   struct event *event)
{
	event->scope = EVENT_SCOPE_SERVICE;
	event->cause = "its checks pass";
	if (healthy)
		return;
	/* Where we check ourselves, an event of that has gone before. */
	if (node == daemon_self(daemon)) {
		checker_get(daemon->checker, index, &event->cause);
	} else if (node->agentless) {
		checker_get_member(daemon->checker, index, node->id, &event->cause);
	} else {
		event->cause = "it says that its checks fail";
		event->severity = EVENT_SEVERITY_WARNING;
	}
}

/* It may serve, or may not, for what the pool as a whole has come to. */
static const char *changes_explain_pool(const struct cluster_pool *pool, bool serves)
{
	if (pool->mode == POOL_ACTIVE_PASSIVE)
		return serves ? "it is the active one" : "it is a standby";
	return serves ? "panic: nobody else serves" : "panic ends: others serve";
}

static void changes_explain_member(const struct daemon *daemon, size_t index,
				   const struct cluster_node *node, uint8_t was, uint8_t is,
				   struct event *event)
{
	uint8_t changed = was ^ is;

	/* Agentless nodes live as long as they pass. */
	if ((changed | ~is) & STEER_STATE_LIVE && !node->agentless) {
		changes_explain_live(daemon, node, is & STEER_STATE_LIVE, event);
	} else if (changed & STEER_STATE_DRAINING) {
		event->cause = is & STEER_STATE_DRAINING ? "the node drains" : "the node is active";
	} else if (changed & STEER_STATE_HEALTHY) {
		changes_explain_health(daemon, index, node, is & STEER_STATE_HEALTHY, event);
	} else {
		event->scope = EVENT_SCOPE_SERVICE;
		event->cause = changes_explain_pool(&daemon->cluster->pools[index],
						    is & STEER_STATE_SERVING);
	}
}

void changes_member(struct daemon *daemon, size_t index, const struct cluster_node *node,
		    uint8_t was, uint8_t is)
{
	struct event event = {
		.kind = EVENT_MEMBER,
		.node = node->name,
		.pool = daemon->cluster->pools[index].name,
		.old = policy_state_name(was),
		.new = policy_state_name(is),
	};

	if (!strcmp(event.old, event.new) || daemon->peers[node->id].untold)
		return;
	changes_explain_member(daemon, index, node, was, is, &event);
	/* Ourselves we never take to be down: the map was empty. */
	if (!was && node == daemon_self(daemon)) {
		event.old = NULL;
		event.cause = "the first state";
	}
	journal_event(daemon, &event, 0);
}

static const char *changes_node_name(const struct daemon *daemon, uint16_t id)
{
	const struct cluster_node *node = cluster_node_by_id(daemon->cluster, id);

	return node ? node->name : "nobody";
}

/* What is wrong with a member that was the active one, as far as we can see; NULL: nothing. */
static const char *changes_find_fault(const struct daemon *daemon, size_t slot,
				      const struct cluster_node *node)
{
	const struct daemon_peer *peer = &daemon->peers[node->id];
	bool self = node == daemon_self(daemon);

	if (daemon->isolated && !peer->cut)
		return "is on this side of a cut, and counts as replaced";
	if (!self && !node->agentless && states_of_peer(daemon, node->id) == LIVENESS_DOWN)
		return "is silent";
	if ((self ? daemon->admin : peer->admin) != STEER_ADMIN_ACTIVE)
		return "is to be left alone by order";
	if (members_held_ns(daemon, slot, node->id, daemon_now_ns()))
		return "has failed again and again";
	if (!daemon->pools[slot].members[node->id].ready_ns)
		return "fails its checks, or cannot be reached";
	return NULL;
}

static void changes_explain_active(const struct daemon *daemon, size_t slot, uint16_t before,
				   struct event *event, char cause[EVENT_CAUSE_MAX])
{
	const struct cluster_node *node = cluster_node_by_id(daemon->cluster, before);
	const char *fault = node ? changes_find_fault(daemon, slot, node) : NULL;

	if (fault)
		event->severity = EVENT_SEVERITY_WARNING;
	if (node)
		snprintf(cause, EVENT_CAUSE_MAX, "%s %s", node->name, fault ?: "comes behind");
	else
		snprintf(cause, EVENT_CAUSE_MAX, "nobody was");
}

void changes_active(struct daemon *daemon, size_t index, uint16_t before, const struct active *now,
		    const char *why)
{
	const char *pool = daemon->cluster->pools[index].name;
	char new[2 * CLUSTER_NAME_MAX], cause[EVENT_CAUSE_MAX];
	struct event event = {
		.kind = EVENT_ACTIVE,
		.scope = EVENT_SCOPE_SERVICE,
		.pool = pool,
		.old = changes_node_name(daemon, before),
		.new = new,
		.cause = why ?: cause,
	};

	snprintf(new, sizeof(new), now->term ? "%s (term %u)" : "%s",
		 changes_node_name(daemon, now->node), now->term);
	if (!why)
		changes_explain_active(daemon, slots_find(&daemon->pool_slots, pool), before,
				       &event, cause);
	if (now->node == STEER_NODE_NONE)
		event.severity = EVENT_SEVERITY_ERROR;
	journal_event(daemon, &event, 0);
}

static const char *changes_explain_panic(const struct cluster_pool *pool)
{
	bool drop = pool->panic.action == PANIC_DROP;

	if (pool->mode == POOL_ACTIVE_PASSIVE)
		return drop ? "no member is ready; its packets are dropped until one is"
			    : "no member is ready; one that lives is used until one is (fail-open)";
	return drop ? "fewer members serve than min-healthy wants; its packets are dropped until "
		      "enough do"
		    : "fewer members serve than min-healthy wants; all live ones count as serving "
		      "until enough do (fail-open)";
}

void changes_panic(struct daemon *daemon, size_t index, bool panic)
{
	const struct cluster_pool *config = &daemon->cluster->pools[index];
	const char *pool = config->name;
	struct daemon_pool *known = &daemon->pools[slots_find(&daemon->pool_slots, pool)];
	struct event event = {
		.kind = EVENT_PANIC,
		.scope = EVENT_SCOPE_SERVICE,
		.severity = panic ? EVENT_SEVERITY_ERROR : EVENT_SEVERITY_INFO,
		.pool = pool,
		.old = panic ? "off" : "on",
		.new = panic ? "on" : "off",
		.cause = panic ? changes_explain_panic(config)
			       : "members serve again, or none is live any more",
	};

	if (known->panic_told == panic)
		return;
	known->panic_told = panic;
	journal_event(daemon, &event, 0);
}
