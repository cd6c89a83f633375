// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "cluster/diff_internal.h"
#include "cluster/member_health.h"
#include "policy/state.h"

/* --- verdicts of our own checks --- */

static void add_health(struct differ *d, const struct pool *pool, const struct cluster_node *node)
{
	static const char *const words[] = { "unhealthy", "healthy" };
	const struct member *member = &pool->member[node->id];
	bool good = member->verdict == HEALTH_GOOD;
	bool was_good = pool->published[node->id] & STEER_STATE_HEALTHY;
	char cause[2 * STATE_CAUSE_MAX] = "its checks pass";
	const struct event event = {
		.kind = EVENT_HEALTH,
		.scope = EVENT_SCOPE_SERVICE,
		.severity = good ? EVENT_SEVERITY_INFO : EVENT_SEVERITY_WARNING,
		.node = node->name,
		.pool = pool->config->name,
		/* The first result of a daemon need not differ from its predecessor's. */
		.old = good == was_good ? "unknown" : words[was_good],
		.new = words[good],
		.cause = good ? cause : member->detail ?: "no result",
	};

	if (damping_holds(&member->damping, d->now->mono_ns))
		snprintf(cause, sizeof(cause),
			 "its checks pass; it is held down for %.1f s after %u failures",
			 (member->damping.up_ns - member->changed_ns) / 1e9,
			 member->damping.failures);
	differ_add(d, &event, 0);
}

void diff_health(struct differ *d)
{
	const struct cluster *config = d->state->config;

	for (size_t i = 0; i < config->n_pools; i++) {
		struct pool *pool = d->state->in_order[i];

		for (size_t k = 0; k < pool->config->n_members; k++) {
			size_t node = pool->config->members[k].node;
			struct member *member = &pool->member[config->nodes[node].id];

			if (node != config->self && !config->nodes[node].agentless)
				continue;
			if (member->verdict == member->told_verdict ||
			    member->verdict == HEALTH_UNKNOWN)
				continue;
			add_health(d, pool, &config->nodes[node]);
			member->told_verdict = member->verdict;
		}
	}
}

/* --- members --- */

/* Packets are sent to the member, or no more. */
static void explain_live(const struct cluster_state *state, const struct cluster_node *node,
			 bool live, struct event *event)
{
	const struct peer *peer = &state->peers[node->id];

	if (live) {
		event->cause = peer->frozen ? "this node is cut off: the member counts as before"
					    : "the node can be reached";
	} else if (peer->admin == STEER_ADMIN_MAINTENANCE) {
		event->cause = "the node is in maintenance";
	} else if (node != state_self(state) && peer->liveness == LIVENESS_DOWN) {
		event->cause = "the node is silent";
		event->detection_us = peer->silent_ns / 1000;
	} else {
		event->cause = "the next hop to the node is not known";
	}
}

static void explain_health(const struct cluster_state *state, const struct pool *pool,
			   const struct cluster_node *node, bool healthy, struct event *event)
{
	event->scope = EVENT_SCOPE_SERVICE;
	event->cause = "its checks pass";
	if (healthy)
		return;
	/* Where we check ourselves, a health event has gone before. */
	if (node == state_self(state) || node->agentless) {
		event->cause = pool->member[node->id].detail ?: "no result";
	} else {
		event->cause = "it says that its checks fail";
		event->severity = EVENT_SEVERITY_WARNING;
	}
}

/* The member by itself is what it was, but serves or does so no more: its pool's panic, which began
 * or ended with this decision, or a hold. */
static const char *explain_serving(const struct pool *pool, bool serves)
{
	if (pool->config->mode == POOL_ACTIVE_PASSIVE)
		return serves ? "it is the active one" : "it is a standby";
	if (pool->panic || pool->told_panic)
		return serves ? "panic: too few other members serve"
			      : "panic: enough other members serve again, or its packets are "
				"dropped";
	return serves ? "it is held down no more" : "it is held down after several failures";
}

static void explain_member(const struct cluster_state *state, const struct pool *pool,
			   const struct cluster_node *node, uint8_t was, uint8_t is,
			   struct event *event)
{
	uint8_t changed = was ^ is;

	/* An agentless node lives as long as its checks pass. */
	if ((changed | ~is) & STEER_STATE_LIVE && !node->agentless) {
		explain_live(state, node, is & STEER_STATE_LIVE, event);
	} else if (changed & STEER_STATE_DRAINING) {
		event->cause = is & STEER_STATE_DRAINING ? "the node drains" : "the node is active";
	} else if (changed & STEER_STATE_HEALTHY) {
		explain_health(state, pool, node, is & STEER_STATE_HEALTHY, event);
	} else {
		event->scope = EVENT_SCOPE_SERVICE;
		event->cause = explain_serving(pool, is & STEER_STATE_SERVING);
	}
}

static void diff_member(struct differ *d, const struct pool *pool, const struct cluster_node *node)
{
	const struct cluster_state *state = d->state;
	uint8_t was = pool->published[node->id], is = pool->decided[node->id];
	struct event event = {
		.kind = EVENT_MEMBER,
		.node = node->name,
		.pool = pool->config->name,
		.old = policy_state_name(was),
		.new = policy_state_name(is),
	};

	if (!strcmp(event.old, event.new) || state->peers[node->id].told.suppressed)
		return;
	explain_member(state, pool, node, was, is, &event);
	/* This node never takes itself to be down: the map was empty. */
	if (!was && node == state_self(state)) {
		event.old = NULL;
		event.cause = "the first state";
	}
	differ_add(d, &event, 0);
}

/* --- the active member --- */

static const char *name_of(const struct cluster_state *state, uint16_t id)
{
	const struct cluster_node *node = cluster_node_by_id(state->config, id);

	return node ? node->name : "nobody";
}

/* What is wrong with the member that was the active one, as far as we can see; NULL: nothing. */
static const char *find_fault(const struct differ *d, const struct pool *pool,
			      const struct cluster_node *node)
{
	const struct cluster_state *state = d->state;
	const struct peer *peer = &state->peers[node->id];

	if (state->isolated && !peer->cut_off && cluster_has_history(pool->config))
		return "is on this side of a cut, and counts as replaced";
	if (node != state_self(state) && !node->agentless && peer->liveness == LIVENESS_DOWN)
		return "is silent";
	if (peer->admin != STEER_ADMIN_ACTIVE)
		return "is drained by order";
	if (member_health_held_ns(state, pool, node->id, d->now->mono_ns))
		return "is held down after several failures";
	if (!pool->member[node->id].ready_ns)
		return "fails its checks, or cannot be reached";
	return NULL;
}

static void diff_active(struct differ *d, const struct pool *pool)
{
	const struct cluster_state *state = d->state;
	uint16_t before = pool->published_active.node, now = pool->active.node;
	const struct cluster_node *node = cluster_node_by_id(state->config, before);
	const char *fault = node ? find_fault(d, pool, node) : NULL;
	char new[2 * CLUSTER_NAME_MAX], cause[EVENT_CAUSE_MAX] = "there was none";
	struct event event = {
		.kind = EVENT_ACTIVE,
		.scope = EVENT_SCOPE_SERVICE,
		.pool = pool->config->name,
		.old = name_of(state, before),
		.new = new,
		.cause = cause,
	};

	if (pool->config->mode != POOL_ACTIVE_PASSIVE ||
	    (now == before && pool->active.term == pool->published_active.term))
		return;
	snprintf(new, sizeof(new), pool->active.term ? "%s (term %u)" : "%s", name_of(state, now),
		 pool->active.term);
	if (pool->active_cause[0]) {
		event.cause = pool->active_cause;
	} else if (node) {
		snprintf(cause, sizeof(cause), "%s %s", node->name,
			 fault ?: "comes later in the order");
		event.severity = fault ? EVENT_SEVERITY_WARNING : EVENT_SEVERITY_INFO;
	}
	if (now == STEER_NODE_NONE)
		event.severity = EVENT_SEVERITY_ERROR;
	differ_add(d, &event, 0);
}

/* --- panic --- */

static const char *explain_panic(const struct cluster_pool *pool)
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

static void diff_panic(struct differ *d, struct pool *pool)
{
	const struct event event = {
		.kind = EVENT_PANIC,
		.scope = EVENT_SCOPE_SERVICE,
		.severity = pool->panic ? EVENT_SEVERITY_ERROR : EVENT_SEVERITY_INFO,
		.pool = pool->config->name,
		.old = pool->panic ? "off" : "on",
		.new = pool->panic ? "on" : "off",
		.cause = pool->panic ? explain_panic(pool->config)
				     : "members serve again, or none is live any more",
	};

	if (pool->told_panic == pool->panic)
		return;
	pool->told_panic = pool->panic;
	differ_add(d, &event, 0);
}

void diff_pools(struct differ *d)
{
	const struct cluster *config = d->state->config;

	for (size_t i = 0; i < config->n_pools; i++) {
		struct pool *pool = d->state->in_order[i];

		diff_active(d, pool);
		for (size_t k = 0; k < pool->config->n_members; k++)
			diff_member(d, pool, &config->nodes[pool->config->members[k].node]);
		diff_panic(d, pool);
	}
}
