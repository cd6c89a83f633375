// SPDX-License-Identifier: GPL-2.0
#include "cluster/election.h"

#include <stdio.h>
#include <string.h>

#include "cluster/member_health.h"

/* A node that knows nothing listens for this long, and for this many detection times. */
#define LISTEN_NS 1000000000ULL
#define LISTEN_DETECTIONS 10

struct evidence {
	struct active_input input;
	struct active_member members[STEER_RANKS];
	struct active_announcement announcements[STEER_MAX_NODES];
};

/* The position of a pool's entry in announcements: pools with a history are counted. */
static size_t entry_of(const struct cluster *config, const struct cluster_pool *pool)
{
	size_t entry = 0;

	for (size_t i = 0; i < config->n_pools && &config->pools[i] != pool; i++)
		entry += cluster_has_history(&config->pools[i]);
	return entry;
}

static uint64_t listen_ns(const struct cluster_state *state)
{
	const struct cluster_liveness *liveness = &state->config->liveness;
	uint64_t wait_ns =
		liveness->interval_ms * 1000000ULL * liveness->multiplier * LISTEN_DETECTIONS;

	return wait_ns > LISTEN_NS ? wait_ns : LISTEN_NS;
}

static const struct cluster_node *member_node(const struct cluster_state *state,
					      const struct pool *pool, size_t member)
{
	return &state->config->nodes[pool->config->members[member].node];
}

/* --- the evidence --- */

/* Whether this node is cut off from members that the others may have made active. */
static bool yields(const struct cluster_state *state, const struct pool *pool)
{
	if (!state->isolated || !cluster_has_history(pool->config))
		return false;
	for (size_t i = 0; i < pool->config->n_members; i++)
		if (state->peers[member_node(state, pool, i)->id].cut_off)
			return true;
	return false;
}

static enum active_liveness liveness_of(const struct cluster_state *state, const struct pool *pool,
					const struct cluster_node *node, uint8_t byte)
{
	const struct peer *peer = &state->peers[node->id];
	bool self = node == state_self(state);

	if (yields(state, pool) && !peer->cut_off)
		return ACTIVE_LIVENESS_DOWN;
	if (cluster_has_history(pool->config) && !self && !peer->frozen &&
	    peer->liveness == LIVENESS_UNKNOWN)
		return ACTIVE_LIVENESS_UNKNOWN;
	return byte & STEER_STATE_LIVE ? ACTIVE_LIVENESS_UP : ACTIVE_LIVENESS_DOWN;
}

/* What a peer announces of a pool that has a history; term 0: nothing. */
static struct active_announcement announced_by(const struct cluster_state *state,
					       const struct cluster_node *node, size_t entry)
{
	const struct peer *peer = &state->peers[node->id];

	if (node == state_self(state) || node->agentless || peer->liveness != LIVENESS_UP ||
	    !peer->has_report || peer->report.pools_digest != state->config->pools_digest)
		return (struct active_announcement){};
	return (struct active_announcement){ peer->report.active[entry].node,
					     peer->report.active[entry].term };
}

static void gather_announcements(const struct cluster_state *state, const struct pool *pool,
				 struct evidence *evidence)
{
	const struct cluster *config = state->config;
	bool yielding = yields(state, pool);
	size_t entry;

	if (!cluster_has_history(pool->config))
		return;
	entry = entry_of(config, pool->config);
	for (size_t i = 0; i < config->n_nodes; i++) {
		const struct cluster_node *node = &config->nodes[i];
		struct active_announcement announced = announced_by(state, node, entry);

		/* A node on our side of a cut knows no more than we do. */
		if (announced.term && (!yielding || state->peers[node->id].cut_off))
			evidence->announcements[evidence->input.n_announcements++] = announced;
	}
}

/* @bytes: of the members in their order; NULL: as decided last */
static void gather(const struct cluster_state *state, const struct pool *pool, const uint8_t *bytes,
		   uint64_t now_ns, struct evidence *ret_evidence)
{
	const struct cluster_pool *config = pool->config;

	ret_evidence->input = (struct active_input){
		.preempt = config->preempt,
		.on_panic = config->panic.action,
		.wait_ns = listen_ns(state),
		.members = ret_evidence->members,
		.n_members = config->n_members,
		.announcements = ret_evidence->announcements,
	};
	for (size_t i = 0; i < config->n_members; i++) {
		const struct cluster_node *node = member_node(state, pool, i);
		uint8_t byte = bytes ? bytes[i] : pool->decided[node->id];

		ret_evidence->members[i] = (struct active_member){
			.node = node->id,
			.liveness = liveness_of(state, pool, node, byte),
			.ready = byte & STEER_STATE_HEALTHY &&
				 !member_health_held_ns(state, pool, node->id, now_ns),
			.admin = state_admin(state, node->id),
		};
	}
	gather_announcements(state, pool, ret_evidence);
}

/* --- what is remembered --- */

/* The member that the daemon before us sent packets to. */
static uint16_t serving_member(const struct cluster_state *state, const struct pool *pool)
{
	for (size_t i = 0; i < pool->next->n_members; i++) {
		uint16_t id = state->next->nodes[pool->next->members[i].node].id;

		if (pool->decided[id] & STEER_STATE_SERVING)
			return id;
	}
	return STEER_NODE_NONE;
}

void election_prepare(const struct cluster_state *state, struct pool *pool, bool known,
		      const struct election_memory *memory)
{
	const struct liveness_active *before;

	if (pool->config && pool->config->mode == POOL_ACTIVE_PASSIVE &&
	    pool->next->mode == POOL_ACTIVE_PASSIVE)
		return;
	active_init(&pool->active, 0);
	if (known && pool->next->mode == POOL_ACTIVE_PASSIVE)
		pool->active.node = serving_member(state, pool);
	if (known && !state->config && cluster_has_history(pool->next) && memory->pools_digest &&
	    memory->pools_digest == state->next->pools_digest) {
		before = &memory->active[entry_of(state->next, pool->next)];
		if (before->term) {
			pool->active.node = before->node;
			pool->active.term = before->term;
		}
	}
	pool->published_active = pool->active;
}

/* Whether a member could be the active one, if it can be reached. */
static bool is_well(const struct active_member *member)
{
	return member->ready && member->admin == STEER_ADMIN_ACTIVE;
}

static void note_ready(struct pool *pool, const struct evidence *evidence, uint64_t now_ns)
{
	for (size_t i = 0; i < evidence->input.n_members; i++) {
		const struct active_member *now = &evidence->members[i];
		struct member *member = &pool->member[now->node];

		if (now->liveness != ACTIVE_LIVENESS_UP || !is_well(now))
			member->ready_ns = 0;
		else if (!member->ready_ns)
			member->ready_ns = now_ns;
	}
}

/* --- the decision --- */

/* A member that was not heard yet may be ready. */
static bool any_ready(const struct evidence *evidence)
{
	for (size_t i = 0; i < evidence->input.n_members; i++)
		if (evidence->members[i].liveness != ACTIVE_LIVENESS_DOWN &&
		    is_well(&evidence->members[i]))
			return true;
	return false;
}

/* Does this node follow the member because a peer announced it? */
static bool is_hearsay(const struct evidence *evidence, const struct active *active)
{
	for (size_t i = 0; i < evidence->input.n_announcements; i++)
		if (evidence->announcements[i].node == active->node &&
		    evidence->announcements[i].term == active->term)
			return true;
	return false;
}

bool election_decide(const struct cluster_state *state, struct pool *pool, uint8_t *bytes,
		     uint64_t now_ns)
{
	struct evidence evidence;

	/* Not before: until all tables were stored, nobody was listened to. */
	if (!pool->active.begun_ns)
		pool->active.begun_ns = now_ns;
	gather(state, pool, bytes, now_ns, &evidence);
	note_ready(pool, &evidence, now_ns);
	if (active_follow(&pool->active, &evidence.input, now_ns))
		snprintf(pool->active_cause, sizeof(pool->active_cause), "%s",
			 is_hearsay(&evidence, &pool->active) ? "as other nodes say" : "");
	for (size_t i = 0; i < pool->config->n_members; i++) {
		bytes[i] &= ~STEER_STATE_SERVING;
		if (evidence.members[i].node == pool->active.node)
			bytes[i] |= STEER_STATE_SERVING;
	}
	return !any_ready(&evidence);
}

void election_announce(const struct cluster_state *state, struct liveness_report *report,
		       uint64_t now_ns)
{
	size_t entry = 0;

	for (size_t i = 0; i < state->config->n_pools; i++) {
		const struct pool *pool = state->in_order[i];
		struct evidence evidence;
		struct active_announcement announced;

		if (!cluster_has_history(pool->config))
			continue;
		gather(state, pool, NULL, now_ns, &evidence);
		announced = active_announce(&pool->active, &evidence.input);
		report->active[entry++] =
			(struct liveness_active){ announced.node, announced.term };
	}
}

uint64_t election_due_ns(const struct cluster_state *state, const struct pool *pool,
			 uint64_t now_ns)
{
	uint64_t due_ns = pool->active.begun_ns + listen_ns(state);

	return cluster_has_history(pool->config) && due_ns > now_ns ? due_ns : UINT64_MAX;
}

enum active_handover election_hand_over(const struct cluster_state *state, struct pool *pool,
					uint16_t to, bool move, const char *cause, uint64_t now_ns)
{
	struct active active = pool->active;
	struct evidence evidence;
	enum active_handover result;

	gather(state, pool, NULL, now_ns, &evidence);
	result = active_hand_over(&active, &evidence.input, to);
	if (result != ACTIVE_HANDOVER_DONE || !move)
		return result;
	pool->active = active;
	snprintf(pool->active_cause, sizeof(pool->active_cause), "%s", cause);
	return result;
}

size_t election_missing(const struct cluster_state *state, const struct pool *pool,
			const struct cluster_node *ret_nodes[STEER_MAX_NODES])
{
	const struct cluster *config = state->config;
	size_t entry = entry_of(config, pool->config), n = 0;

	for (size_t i = 0; i < config->n_nodes; i++) {
		const struct cluster_node *node = &config->nodes[i];
		struct active_announcement announced = announced_by(state, node, entry);

		if (i == config->self || node->agentless ||
		    state->peers[node->id].liveness != LIVENESS_UP ||
		    (announced.node == pool->active.node && announced.term == pool->active.term))
			continue;
		ret_nodes[n++] = node;
	}
	return n;
}
