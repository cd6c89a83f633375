// SPDX-License-Identifier: GPL-2.0
#include "daemon/members.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/actives.h"
#include "daemon/log.h"
#include "policy/slow_start.h"
#include "policy/state.h"

int members_prepare(struct daemon *daemon, size_t slot)
{
	struct daemon_pool *pool = &daemon->pools[slot];

	if (!pool->members)
		pool->members = calloc(STEER_MAX_NODES, sizeof(*pool->members));
	return pool->members ? 0 : -ENOMEM;
}

void members_forget(struct daemon *daemon, size_t slot, uint16_t id)
{
	daemon->pools[slot].members[id] = (struct member){};
}

static struct damping_timing members_timing(const struct daemon *daemon)
{
	const struct cluster_damping *damping = &daemon->cluster->damping;

	return (struct damping_timing){
		.hold_ns = damping->hold_ms * 1000000ULL,
		.max_hold_ns = damping->max_hold_ms * 1000000ULL,
		.forget_ns = damping->forget_ms * 1000000ULL,
	};
}

static void members_follow(struct daemon *daemon, struct damping *damping, bool up,
			   const char *what, uint64_t now_ns)
{
	const struct damping_timing timing = members_timing(daemon);

	if (!up) {
		damping_down(damping, &timing, now_ns);
		return;
	}
	damping_up(damping, &timing, now_ns);
	if (damping_holds(damping, now_ns))
		log_warning("%s: held down for %.1f s after %u failures", what,
			    (damping->up_ns - now_ns) / 1e9, damping->failures);
}

void members_liveness(struct daemon *daemon, const struct cluster_node *node,
		      enum liveness_state state, uint64_t now_ns)
{
	struct daemon_peer *peer = &daemon->peers[node->id];
	char what[CLUSTER_NAME_MAX + 8];

	if (peer->held)
		damping_excuse(&peer->damping);
	snprintf(what, sizeof(what), "node %s", node->name);
	members_follow(daemon, &peer->damping, state == LIVENESS_UP, what, now_ns);
}

void members_health(struct daemon *daemon, size_t index, const struct cluster_node *node,
		    enum health_verdict verdict)
{
	const char *pool = daemon->cluster->pools[index].name;
	size_t slot = slots_find(&daemon->pool_slots, pool);
	char what[2 * CLUSTER_NAME_MAX + 16];

	snprintf(what, sizeof(what), "pool %s: node %s", pool, node->name);
	members_follow(daemon, &daemon->pools[slot].members[node->id].health,
		       verdict == HEALTH_GOOD, what, daemon_now_ns());
}

uint64_t members_held_ns(const struct daemon *daemon, size_t slot, uint16_t id, uint64_t now_ns)
{
	const struct damping *liveness = &daemon->peers[id].damping;
	const struct damping *health = &daemon->pools[slot].members[id].health;

	if (damping_holds(liveness, now_ns))
		return liveness->up_ns - now_ns;
	return damping_holds(health, now_ns) ? health->up_ns - now_ns : 0;
}

static uint64_t members_duration_ns(const struct cluster_pool *pool)
{
	return pool->slow_start_ms * 1000000ULL;
}

uint8_t members_ramp(struct daemon *daemon, const struct cluster_pool *pool, size_t slot,
		     uint16_t id, uint8_t now, uint8_t state, uint64_t now_ns)
{
	struct member *member = &daemon->pools[slot].members[id];
	uint64_t duration_ns = members_duration_ns(pool);
	bool serving = state & STEER_STATE_SERVING;
	unsigned int left;

	/* What the daemon before us has begun goes on. */
	if (!member->known) {
		member->known = true;
		member->serving = policy_state_alone(now) & STEER_STATE_SERVING;
		member->since_ns =
			slow_start_resume(now_ns, now >> STEER_STATE_RAMP_SHIFT, duration_ns);
	}
	/* Who counts as before because we are cut off has not been away. */
	if (serving && !member->serving && !daemon->peers[id].held)
		member->since_ns = now_ns;
	member->serving = serving;
	if (!serving)
		return 0;
	left = slow_start_sixteenths(now_ns, member->since_ns, duration_ns);
	/* Once it is whole, no other configuration takes anything away from it. */
	if (!left)
		member->since_ns = 0;
	return left << STEER_STATE_RAMP_SHIFT;
}

/* The next time after now at which a member's byte changes by itself. */
static uint64_t members_due_ns(const struct daemon *daemon, const struct cluster_pool *pool,
			       size_t slot, uint16_t id, uint64_t now_ns)
{
	const struct member *member = &daemon->pools[slot].members[id];
	uint64_t held_ns = members_held_ns(daemon, slot, id, now_ns);

	if (held_ns)
		return now_ns + held_ns;
	if (!member->serving)
		return UINT64_MAX;
	return slow_start_next(now_ns, member->since_ns, members_duration_ns(pool));
}

void members_arm(struct daemon *daemon)
{
	const struct cluster *cluster = daemon->cluster;
	uint64_t now_ns = daemon_now_ns(), first_ns = UINT64_MAX;
	size_t i, k;

	for (i = 0; i < cluster->n_pools; i++) {
		const struct cluster_pool *pool = &cluster->pools[i];
		size_t slot = slots_find(&daemon->pool_slots, pool->name);
		uint64_t active_ns = actives_due_ns(daemon, pool, slot, now_ns);

		if (active_ns < first_ns)
			first_ns = active_ns;
		for (k = 0; k < pool->n_members; k++) {
			uint16_t id = cluster->nodes[pool->members[k].node].id;
			uint64_t due_ns = members_due_ns(daemon, pool, slot, id, now_ns);

			if (due_ns < first_ns)
				first_ns = due_ns;
		}
	}
	if (first_ns == UINT64_MAX) {
		sd_event_source_set_enabled(daemon->due, SD_EVENT_OFF);
		return;
	}
	sd_event_source_set_time(daemon->due, first_ns / 1000 + 1);
	sd_event_source_set_enabled(daemon->due, SD_EVENT_ONESHOT);
}
