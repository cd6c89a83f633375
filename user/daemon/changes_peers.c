// SPDX-License-Identifier: GPL-2.0
#include "daemon/changes.h"

#include <stdio.h>

#include "daemon/journal.h"

/* How long a peer's silence waits for that of the others: a detection time, within these. */
#define CHANGES_HOLD_LEAST_NS 50000000ULL
#define CHANGES_HOLD_MOST_NS 1000000000ULL

static uint64_t changes_hold_ns(const struct daemon *daemon)
{
	const struct cluster_liveness *liveness = &daemon->cluster->liveness;
	uint64_t hold_ns = liveness->interval_ms * 1000000ULL * liveness->multiplier;

	if (hold_ns < CHANGES_HOLD_LEAST_NS)
		return CHANGES_HOLD_LEAST_NS;
	return hold_ns < CHANGES_HOLD_MOST_NS ? hold_ns : CHANGES_HOLD_MOST_NS;
}

static void changes_tell_liveness(struct daemon *daemon, const struct cluster_node *node,
				  enum liveness_state state, const char *cause, uint64_t hold_ns)
{
	struct daemon_peer *peer = &daemon->peers[node->id];
	bool down = state == LIVENESS_DOWN;
	struct event event = {
		.kind = EVENT_LIVENESS,
		.severity = down ? EVENT_SEVERITY_WARNING : EVENT_SEVERITY_INFO,
		.node = node->name,
		.old = liveness_state_name(peer->told),
		.new = liveness_state_name(state),
		.cause = cause,
		.detection_us = down ? peer->silent_ns / 1000 : 0,
	};

	peer->told = state;
	journal_event(daemon, &event, hold_ns);
}

void changes_liveness(struct daemon *daemon, const struct cluster_node *node,
		      enum liveness_state state, uint64_t silent_ns)
{
	struct daemon_peer *peer = &daemon->peers[node->id];
	char cause[64] = "its kernel answers probes";

	if (state == LIVENESS_DOWN) {
		peer->silent_ns = silent_ns;
		snprintf(cause, sizeof(cause), "no answer to %u probes in a row",
			 daemon->cluster->liveness.multiplier);
	} else if (peer->untold) {
		peer->untold = false; /* nobody was told that it was down */
		return;
	}
	changes_tell_liveness(daemon, node, state, cause,
			      state == LIVENESS_DOWN ? changes_hold_ns(daemon) : 0);
}

/* --- when it is us --- */

struct changes_fold {
	struct daemon *daemon;
	uint64_t detection_us;
};

static bool changes_fold_panic(struct daemon *daemon, const struct event *event)
{
	size_t slot = slots_find(&daemon->pool_slots, event->pool);

	/* If it panics all the same, the next publication tells. */
	if (slot != SLOT_NONE)
		daemon->pools[slot].panic_told = !daemon->pools[slot].panic_told;
	return slot != SLOT_NONE;
}

static void changes_fold_liveness(struct daemon_peer *peer, const struct event *event,
				  uint64_t *detection_us)
{
	peer->untold = true;
	peer->told = LIVENESS_UP; /* it had been, or it would not be held */
	if (event->detection_us > *detection_us)
		*detection_us = event->detection_us;
}

/* delay_queue_drop_fn: of peers that count as before, and of what came of their silence, the one
 * alarm tells. */
static bool changes_is_explained(void *context, const struct event *event)
{
	struct changes_fold *fold = context;
	const struct cluster_node *node = NULL;
	struct daemon_peer *peer;

	if (event->kind == EVENT_PANIC)
		return changes_fold_panic(fold->daemon, event);
	if (event->kind == EVENT_LIVENESS || event->kind == EVENT_MEMBER)
		node = cluster_node_by_name(fold->daemon->cluster, event->node);
	if (!node || !fold->daemon->peers[node->id].held)
		return false;
	peer = &fold->daemon->peers[node->id];
	if (event->kind == EVENT_LIVENESS)
		changes_fold_liveness(peer, event, &fold->detection_us);
	return peer->untold;
}

void changes_isolated(struct daemon *daemon, bool first, size_t silent, size_t peers)
{
	struct changes_fold fold = { .daemon = daemon };
	char cause[EVENT_CAUSE_MAX];
	struct event event = {
		.kind = EVENT_ISOLATION,
		.scope = EVENT_SCOPE_SYSTEMIC,
		.severity = EVENT_SEVERITY_ERROR,
		.node = daemon_self(daemon)->name,
		.old = "connected",
		.new = "isolated",
		.cause = cause,
	};

	journal_drop(daemon, changes_is_explained, &fold);
	if (!first)
		return;
	snprintf(cause, sizeof(cause),
		 "%zu of %zu peers fell silent at once, so it is probably this node that is cut "
		 "off; steering goes on as before; check its link",
		 silent, peers);
	event.detection_us = fold.detection_us;
	journal_event(daemon, &event, 0);
}

void changes_rejoined(struct daemon *daemon, size_t up)
{
	char cause[EVENT_CAUSE_MAX];
	struct event event = {
		.kind = EVENT_ISOLATION,
		.scope = EVENT_SCOPE_SYSTEMIC,
		.node = daemon_self(daemon)->name,
		.old = "isolated",
		.new = "connected",
		.cause = cause,
	};
	size_t i;

	snprintf(cause, sizeof(cause), "%zu peers answer", up);
	journal_event(daemon, &event, 0);
	for (i = 0; i < daemon->cluster->n_nodes; i++) {
		const struct cluster_node *node = &daemon->cluster->nodes[i];

		if (!daemon->peers[node->id].untold)
			continue;
		daemon->peers[node->id].untold = false;
		changes_tell_liveness(daemon, node, LIVENESS_DOWN,
				      "silent since this node was isolated, while others answer",
				      0);
	}
}
