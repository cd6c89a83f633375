// SPDX-License-Identifier: GPL-2.0
#include "daemon/actives.h"

#include <endian.h>
#include <string.h>

#include "daemon/changes.h"
#include "daemon/layout.h"
#include "daemon/members.h"
#include "daemon/states.h"

/* So long, and so many detection times, a node listens that knows nothing. */
#define ACTIVES_WAIT_NS 1000000000ULL
#define ACTIVES_DETECTIONS 10

struct actives_view {
	struct active_input view;
	struct active_member members[STEER_RANKS];
	struct active_announcement words[STEER_MAX_NODES];
};

static struct daemon_pool *actives_pool(struct daemon *daemon, size_t index)
{
	return &daemon->pools[slots_find(&daemon->pool_slots, daemon->cluster->pools[index].name)];
}

/* Where answers have the word about a pool with a history. */
static size_t actives_place(const struct cluster *cluster, const char *name)
{
	size_t place = 0, i;

	for (i = 0; i < cluster->n_pools && strcmp(cluster->pools[i].name, name) != 0; i++)
		place += cluster_has_history(&cluster->pools[i]);
	return place;
}

static uint64_t actives_wait_ns(const struct daemon *daemon)
{
	const struct cluster_liveness *liveness = &daemon->cluster->liveness;
	uint64_t wait_ns =
		liveness->interval_ms * 1000000ULL * liveness->multiplier * ACTIVES_DETECTIONS;

	return wait_ns > ACTIVES_WAIT_NS ? wait_ns : ACTIVES_WAIT_NS;
}

/* --- what there is to decide by --- */

/* Whether we are cut off from members that the others may have made active. */
static bool actives_yields(const struct daemon *daemon, const struct cluster_pool *pool)
{
	size_t i;

	if (!daemon->isolated || !cluster_has_history(pool))
		return false;
	for (i = 0; i < pool->n_members; i++)
		if (daemon->peers[daemon->cluster->nodes[pool->members[i].node].id].cut)
			return true;
	return false;
}

static enum active_liveness actives_reach(const struct daemon *daemon,
					  const struct cluster_pool *pool,
					  const struct cluster_node *node, uint8_t state)
{
	const struct daemon_peer *peer = &daemon->peers[node->id];
	bool self = node == daemon_self(daemon);

	if (actives_yields(daemon, pool) && !peer->cut)
		return ACTIVE_LIVENESS_DOWN;
	if (cluster_has_history(pool) && !self && !peer->held &&
	    states_of_peer(daemon, node->id) == LIVENESS_UNKNOWN)
		return ACTIVE_LIVENESS_UNKNOWN;
	return state & STEER_STATE_LIVE ? ACTIVE_LIVENESS_UP : ACTIVE_LIVENESS_DOWN;
}

/* What a peer says of a pool with a history; term 0: nothing. */
static struct active_announcement actives_heard(const struct daemon *daemon,
						const struct cluster_node *node, size_t place)
{
	struct liveness_peer_status status;

	if (node == daemon_self(daemon) || !layout_runs_steer(node) ||
	    liveness_get_status(daemon->liveness, node->id, &status) < 0 ||
	    status.state != LIVENESS_UP || !status.has_report ||
	    status.report.pools_digest != daemon->cluster->pools_digest)
		return (struct active_announcement){};
	return (struct active_announcement){ status.report.active[place].node,
					     status.report.active[place].term };
}

static void actives_listen(const struct daemon *daemon, const struct cluster_pool *pool,
			   struct actives_view *view)
{
	const struct cluster *cluster = daemon->cluster;
	bool yields = actives_yields(daemon, pool);
	size_t place, i;

	if (!cluster_has_history(pool))
		return;
	place = actives_place(cluster, pool->name);
	for (i = 0; i < cluster->n_nodes; i++) {
		const struct cluster_node *node = &cluster->nodes[i];
		struct active_announcement word = actives_heard(daemon, node, place);

		/* Who is on our side of a cut knows no more than we do. */
		if (word.term && (!yields || daemon->peers[node->id].cut))
			view->words[view->view.n_announcements++] = word;
	}
}

/* @states: of the members; NULL: as they are in the map */
static void actives_look(const struct daemon *daemon, size_t index, const uint8_t *states,
			 struct actives_view *ret_view)
{
	const struct cluster_pool *pool = &daemon->cluster->pools[index];
	size_t slot = slots_find(&daemon->pool_slots, pool->name), i;
	uint64_t now_ns = daemon_now_ns();

	ret_view->view = (struct active_input){
		.preempt = pool->preempt,
		.on_panic = pool->panic.action,
		.wait_ns = actives_wait_ns(daemon),
		.members = ret_view->members,
		.n_members = pool->n_members,
		.announcements = ret_view->words,
	};
	for (i = 0; i < pool->n_members; i++) {
		const struct cluster_node *node = &daemon->cluster->nodes[pool->members[i].node];
		uint8_t state = states ? states[i] : states_get(daemon, pool, i);
		bool self = node == daemon_self(daemon);

		ret_view->members[i] = (struct active_member){
			.node = node->id,
			.liveness = actives_reach(daemon, pool, node, state),
			.ready = state & STEER_STATE_HEALTHY &&
				 !members_held_ns(daemon, slot, node->id, now_ns),
			.admin = self ? daemon->admin : daemon->peers[node->id].admin,
		};
	}
	actives_listen(daemon, pool, ret_view);
}

/* --- what is remembered --- */

/* Whom the daemon before us sent packets to. */
static uint16_t actives_serving(const struct daemon *daemon, const struct cluster *cluster,
				const struct cluster_pool *pool, size_t slot)
{
	size_t i;

	for (i = 0; i < pool->n_members; i++) {
		uint16_t id = cluster->nodes[pool->members[i].node].id;

		if (datapath_get_state(daemon->datapath, slot, id) & STEER_STATE_SERVING)
			return id;
	}
	return STEER_NODE_NONE;
}

/* … and what it told of that, if it was about this pool. */
static struct active_announcement actives_told(const struct daemon *daemon,
					       const struct cluster *cluster,
					       const struct cluster_pool *pool)
{
	const struct steer_sbfd_active *told;
	struct steer_reflector reflector;

	if (datapath_get_reflector(daemon->datapath, &reflector) < 0 || !reflector.discriminator ||
	    be64toh(reflector.answer.pools_digest) != cluster->pools_digest)
		return (struct active_announcement){};
	told = &reflector.answer.active[actives_place(cluster, pool->name)];
	return (struct active_announcement){ be16toh(told->node), be16toh(told->term) };
}

static bool actives_was_so(const struct daemon *daemon, const char *name)
{
	size_t i;

	for (i = 0; daemon->cluster && i < daemon->cluster->n_pools; i++)
		if (!strcmp(daemon->cluster->pools[i].name, name))
			return daemon->cluster->pools[i].mode == POOL_ACTIVE_PASSIVE;
	return false;
}

void actives_prepare(struct daemon *daemon, const struct cluster *cluster,
		     const struct cluster_pool *pool, size_t slot, bool known)
{
	struct active *active = &daemon->pools[slot].active;
	struct active_announcement told;

	if (actives_was_so(daemon, pool->name) && pool->mode == POOL_ACTIVE_PASSIVE)
		return;
	active_init(active, 0);
	if (!known || pool->mode != POOL_ACTIVE_PASSIVE)
		return;
	active->node = actives_serving(daemon, cluster, pool, slot);
	if (daemon->cluster || !cluster_has_history(pool))
		return;
	told = actives_told(daemon, cluster, pool);
	if (!told.term)
		return;
	active->node = told.node;
	active->term = told.term;
}

/* Whether a member could be the active one, if it can be reached. */
static bool actives_is_well(const struct active_member *member)
{
	return member->ready && member->admin == STEER_ADMIN_ACTIVE;
}

static void actives_note_ready(struct daemon *daemon, size_t slot, const struct actives_view *view)
{
	size_t i;

	for (i = 0; i < view->view.n_members; i++) {
		const struct active_member *now = &view->members[i];
		struct member *member = &daemon->pools[slot].members[now->node];

		if (now->liveness != ACTIVE_LIVENESS_UP || !actives_is_well(now))
			member->ready_ns = 0;
		else if (!member->ready_ns)
			member->ready_ns = daemon_now_ns();
	}
}

/* --- what becomes of it --- */

/* Of whom we have not heard yet, we do not say that he is not. */
static bool actives_any_ready(const struct actives_view *view)
{
	size_t i;

	for (i = 0; i < view->view.n_members; i++)
		if (view->members[i].liveness != ACTIVE_LIVENESS_DOWN &&
		    actives_is_well(&view->members[i]))
			return true;
	return false;
}

/* Did we come to it by what others say? */
static bool actives_is_hearsay(const struct actives_view *view, const struct active *active)
{
	size_t i;

	for (i = 0; i < view->view.n_announcements; i++)
		if (view->words[i].node == active->node && view->words[i].term == active->term)
			return true;
	return false;
}

bool actives_apply(struct daemon *daemon, size_t index, uint8_t *states)
{
	const struct cluster_pool *pool = &daemon->cluster->pools[index];
	struct active *active = &actives_pool(daemon, index)->active;
	struct active before = *active;
	struct actives_view view;
	size_t i;

	/* Not before: until all tables were stored, nobody was listened to. */
	if (!active->begun_ns)
		active->begun_ns = daemon_now_ns();
	actives_look(daemon, index, states, &view);
	actives_note_ready(daemon, slots_find(&daemon->pool_slots, pool->name), &view);
	if (active_follow(active, &view.view, daemon_now_ns()))
		changes_active(daemon, index, before.node, active,
			       actives_is_hearsay(&view, active) ? "as other nodes say" : NULL);
	for (i = 0; i < pool->n_members; i++) {
		states[i] &= ~STEER_STATE_SERVING;
		if (view.members[i].node == active->node)
			states[i] |= STEER_STATE_SERVING;
	}
	return !actives_any_ready(&view);
}

void actives_announce(struct daemon *daemon, struct liveness_report *report)
{
	const struct cluster *cluster = daemon->cluster;
	size_t place = 0, i;

	for (i = 0; i < cluster->n_pools; i++) {
		struct actives_view view;
		struct active_announcement word;

		if (!cluster_has_history(&cluster->pools[i]))
			continue;
		actives_look(daemon, i, NULL, &view);
		word = active_announce(&actives_pool(daemon, i)->active, &view.view);
		report->active[place++] = (struct liveness_active){ word.node, word.term };
	}
}

uint64_t actives_due_ns(const struct daemon *daemon, const struct cluster_pool *pool, size_t slot,
			uint64_t now_ns)
{
	uint64_t due_ns = daemon->pools[slot].active.begun_ns + actives_wait_ns(daemon);

	return cluster_has_history(pool) && due_ns > now_ns ? due_ns : UINT64_MAX;
}

/* --- by order --- */

enum active_handover actives_hand_over(struct daemon *daemon, size_t index, uint16_t to, bool move,
				       const char *cause)
{
	struct daemon_pool *pool = actives_pool(daemon, index);
	struct active active = pool->active;
	uint16_t before = active.node;
	struct actives_view view;
	enum active_handover result;

	actives_look(daemon, index, NULL, &view);
	result = active_hand_over(&active, &view.view, to);
	if (result != ACTIVE_HANDOVER_DONE || !move)
		return result;
	pool->active = active;
	changes_active(daemon, index, before, &active, cause);
	states_publish(daemon);
	return result;
}

json_t *actives_missing(const struct daemon *daemon, size_t index)
{
	const struct cluster *cluster = daemon->cluster;
	const char *name = cluster->pools[index].name;
	const struct active *active = &daemon->pools[slots_find(&daemon->pool_slots, name)].active;
	size_t place = actives_place(cluster, name), i;
	json_t *missing = json_array();

	for (i = 0; i < cluster->n_nodes; i++) {
		const struct cluster_node *node = &cluster->nodes[i];
		struct active_announcement word = actives_heard(daemon, node, place);

		if (node == daemon_self(daemon) || !layout_runs_steer(node) ||
		    states_of_peer(daemon, node->id) != LIVENESS_UP ||
		    (word.node == active->node && word.term == active->term))
			continue;
		json_array_append_new(missing, json_string(node->name));
	}
	return missing;
}
