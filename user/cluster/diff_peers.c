// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "cluster/convergence.h"
#include "cluster/diff_internal.h"
#include "policy/state.h"

/* A peer's silence waits for that of the others: a detection time, within these bounds. */
#define DELAY_LEAST_NS 50000000ULL
#define DELAY_MOST_NS 1000000000ULL

static uint64_t silence_delay_ns(const struct cluster_state *state)
{
	const struct cluster_liveness *liveness = &state->config->liveness;
	uint64_t delay_ns = liveness->interval_ms * 1000000ULL * liveness->multiplier;

	if (delay_ns < DELAY_LEAST_NS)
		return DELAY_LEAST_NS;
	return delay_ns < DELAY_MOST_NS ? delay_ns : DELAY_MOST_NS;
}

static void add_admin(struct differ *d, const struct cluster_node *node)
{
	struct peer *peer = &d->state->peers[node->id];
	const struct event event = {
		.kind = EVENT_ADMIN,
		.node = node->name,
		.old = policy_admin_name(peer->told.admin),
		.new = policy_admin_name(peer->admin),
		.cause = peer->admin_cause,
	};

	if (peer->told.admin == peer->admin)
		return;
	peer->told.admin = peer->admin;
	differ_add(d, &event, 0);
}

static void add_liveness(struct differ *d, const struct cluster_node *node,
			 enum liveness_state liveness, const char *cause, uint64_t delay_ns)
{
	struct peer *peer = &d->state->peers[node->id];
	bool down = liveness == LIVENESS_DOWN;
	const struct event event = {
		.kind = EVENT_LIVENESS,
		.severity = down ? EVENT_SEVERITY_WARNING : EVENT_SEVERITY_INFO,
		.node = node->name,
		.old = liveness_state_name(peer->told.liveness),
		.new = liveness_state_name(liveness),
		.cause = cause,
		.detection_us = down ? peer->silent_ns / 1000 : 0,
	};

	peer->told.liveness = liveness;
	differ_add(d, &event, delay_ns);
}

static void add_down(struct differ *d, const struct cluster_node *node)
{
	char cause[STATE_CAUSE_MAX];

	if (!d->state->peers[node->id].was_up)
		snprintf(cause, sizeof(cause), "it has not answered yet");
	else
		snprintf(cause, sizeof(cause), "no answer to %u probes in a row",
			 d->state->config->liveness.multiplier);
	add_liveness(d, node, LIVENESS_DOWN, cause, silence_delay_ns(d->state));
}

static void add_up(struct differ *d, const struct cluster_node *node)
{
	const struct peer *peer = &d->state->peers[node->id];
	const struct damping *damping = &peer->damping;
	char cause[2 * STATE_CAUSE_MAX] = "its kernel answers probes";

	if (damping_holds(damping, d->now->mono_ns))
		snprintf(cause, sizeof(cause),
			 "its kernel answers probes; it is held down for %.1f s after %u failures",
			 (damping->up_ns - peer->changed_ns) / 1e9, damping->failures);
	add_liveness(d, node, LIVENESS_UP, cause, 0);
}

static void diff_liveness(struct differ *d, const struct cluster_node *node)
{
	struct peer *peer = &d->state->peers[node->id];
	bool fell = peer->told.fell, rose = peer->told.rose;

	peer->told.fell = peer->told.rose = false;
	/* Frozen peers are diff_isolation()'s. */
	if (peer->told.suppressed && peer->liveness != LIVENESS_DOWN)
		peer->told.suppressed = false; /* no event said that it was down */
	else if (peer->told.suppressed || peer->frozen)
		return;
	else if (fell && peer->told.liveness != LIVENESS_DOWN)
		add_down(d, node);
	else if (fell && rose) {
		add_up(d, node);
		add_down(d, node);
	}
	if (peer->liveness == LIVENESS_UP && peer->told.liveness != LIVENESS_UP)
		add_up(d, node);
}

void diff_peers(struct differ *d)
{
	const struct cluster *config = d->state->config;

	for (size_t i = 0; i < config->n_nodes; i++) {
		add_admin(d, &config->nodes[i]);
		if (i != config->self && !config->nodes[i].agentless)
			diff_liveness(d, &config->nodes[i]);
	}
}

/* --- when this node is cut off --- */

struct fold {
	struct cluster_state *state;
	uint64_t detection_us;
};

/* What the isolation event covers is no event of its own. */
static void suppress(struct peer *peer, uint64_t *detection_us)
{
	peer->told.suppressed = true;
	peer->told.liveness = LIVENESS_UP; /* it had been, or it would not be frozen */
	if (peer->silent_ns / 1000 > *detection_us)
		*detection_us = peer->silent_ns / 1000;
}

static bool fold_panic(struct cluster_state *state, const struct event *event)
{
	struct pool *pool = state_pool(state, event->pool);

	/* If the pool is in panic all the same, diff_pools() says so again. */
	if (pool)
		pool->told_panic = !pool->told_panic;
	return pool;
}

/* delay_queue_drop_fn: the silence of frozen peers, and what came of it. */
static bool is_covered(void *context, const struct event *event)
{
	const struct cluster_node *node = NULL;
	struct fold *fold = context;
	struct peer *peer;

	if (event->kind == EVENT_PANIC)
		return fold_panic(fold->state, event);
	if (event->kind == EVENT_LIVENESS || event->kind == EVENT_MEMBER)
		node = cluster_node_by_name(fold->state->config, event->node);
	peer = node ? &fold->state->peers[node->id] : NULL;
	if (!peer || !peer->frozen)
		return false;
	if (event->kind == EVENT_LIVENESS)
		suppress(peer, &fold->detection_us);
	return peer->told.suppressed;
}

static void add_isolated(struct differ *d, uint64_t detection_us)
{
	const struct cluster_state *state = d->state;
	char cause[EVENT_CAUSE_MAX];
	const struct event event = {
		.kind = EVENT_ISOLATION,
		.scope = EVENT_SCOPE_SYSTEMIC,
		.severity = EVENT_SEVERITY_ERROR,
		.node = state_self(state)->name,
		.old = "connected",
		.new = "isolated",
		.cause = cause,
		.detection_us = detection_us,
	};

	snprintf(
		cause, sizeof(cause),
		"%zu of %zu peers fell silent at once, so this node is probably cut off; it steers "
		"as before, but gives up active members of pools without preempt; check its link",
		state->n_silent, state->n_judged);
	differ_add(d, &event, 0);
}

static void add_rejoined(struct differ *d)
{
	const struct cluster *config = d->state->config;
	char cause[STATE_CAUSE_MAX];
	const struct event event = {
		.kind = EVENT_ISOLATION,
		.scope = EVENT_SCOPE_SYSTEMIC,
		.node = state_self(d->state)->name,
		.old = "isolated",
		.new = "connected",
		.cause = cause,
	};

	snprintf(cause, sizeof(cause), "%zu peers answer", d->state->n_up);
	differ_add(d, &event, 0);
	for (size_t i = 0; i < config->n_nodes; i++) {
		struct peer *peer = &d->state->peers[config->nodes[i].id];

		if (!peer->told.suppressed)
			continue;
		peer->told.suppressed = false;
		add_liveness(d, &config->nodes[i], LIVENESS_DOWN,
			     "silent since this node was isolated, while others answer", 0);
	}
}

void diff_isolation(struct differ *d)
{
	struct cluster_state *state = d->state;
	struct fold fold = { .state = state };

	if (!state->isolated) {
		if (state->told_isolated)
			add_rejoined(d);
		state->told_isolated = false;
		return;
	}
	delay_queue_drop(&state->delayed, is_covered, &fold);
	for (size_t i = 0; i < state->config->n_nodes; i++) {
		struct peer *peer = &state->peers[state->config->nodes[i].id];

		/* Of what an event said already, the end is an event, too. */
		if (peer->frozen && peer->liveness == LIVENESS_DOWN && !peer->told.suppressed &&
		    peer->told.liveness != LIVENESS_DOWN)
			suppress(peer, &fold.detection_us);
	}
	if (!state->told_isolated)
		add_isolated(d, fold.detection_us);
	state->told_isolated = true;
}

/* --- tables --- */

static void add_tables(struct differ *d, bool differ, const char *node, enum event_scope scope,
		       const char *cause, uint64_t lasted_ns)
{
	const struct event event = {
		.kind = EVENT_TABLES,
		.scope = scope,
		.severity = differ ? EVENT_SEVERITY_WARNING : EVENT_SEVERITY_INFO,
		.node = node,
		.old = differ ? "same" : "differ",
		.new = differ ? "differ" : "same",
		.cause = cause,
		.detection_us = lasted_ns / 1000,
	};

	differ_add(d, &event, 0);
}

/* An event for each node; of most of the live peers, a single one. */
static void add_tables_of(struct differ *d, bool differ, const struct cluster_node *const *nodes,
			  size_t n, size_t n_live)
{
	const char *each = differ ? "other tables than this node's; compare configurations"
				  : "the same tables as this node's";
	const struct cluster_state *state = d->state;
	char cause[EVENT_CAUSE_MAX];

	if (n == 1 || 2 * n <= n_live) {
		for (size_t i = 0; i < n; i++)
			add_tables(d, differ, nodes[i]->name, EVENT_SCOPE_NODE, each,
				   convergence_diverged_ns(state, nodes[i]->id, d->now->mono_ns));
		return;
	}
	snprintf(cause, sizeof(cause),
		 differ ? "%zu of %zu live peers have other tables than this node; compare "
			  "configurations"
			: "%zu of %zu live peers have the tables of this node",
		 n, n_live);
	if (n)
		add_tables(d, differ, state_self(state)->name, EVENT_SCOPE_SYSTEMIC, cause,
			   convergence_diverged_ns(state, nodes[0]->id, d->now->mono_ns));
}

void diff_tables(struct differ *d)
{
	const struct cluster_node *differ[STEER_MAX_NODES], *agree[STEER_MAX_NODES];
	const struct cluster_state *state = d->state;
	size_t n_differ = 0, n_agree = 0, n_live = 0;

	for (size_t i = 0; i < state->config->n_nodes; i++) {
		const struct cluster_node *node = &state->config->nodes[i];
		struct peer *peer = &d->state->peers[node->id];

		/* Of a silent peer it is not known. */
		if (i == state->config->self || node->agentless || peer->liveness != LIVENESS_UP ||
		    !peer->has_report)
			continue;
		n_live++;
		if (!peer->diverged_ns && peer->told.diverged) {
			peer->told.diverged = false;
			agree[n_agree++] = node;
		} else if (!peer->told.diverged && peer->diverged_ns &&
			   convergence_diverged_ns(state, node->id, d->now->mono_ns) >=
				   convergence_grace_ns(state)) {
			peer->told.diverged = true;
			differ[n_differ++] = node;
		}
	}
	add_tables_of(d, true, differ, n_differ, n_live);
	add_tables_of(d, false, agree, n_agree, n_live);
}
