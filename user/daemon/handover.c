// SPDX-License-Identifier: GPL-2.0
#include "daemon/handover.h"

#include <errno.h>
#include <stdio.h>

#include "daemon/actives.h"
#include "daemon/members.h"

static const char *handover_name(const struct daemon *daemon, uint16_t id)
{
	const struct cluster_node *node = cluster_node_by_id(daemon->cluster, id);

	return node ? node->name : NULL;
}

/* Why not, and what to do. */
static void handover_refuse(const struct daemon *daemon, size_t index,
			    const struct cluster_node *to, enum active_handover why,
			    char ret_message[512])
{
	const char *pool = daemon->cluster->pools[index].name;
	size_t slot = slots_find(&daemon->pool_slots, pool);
	const char *active = handover_name(daemon, daemon->pools[slot].active.node);

	switch (why) {
	case ACTIVE_HANDOVER_PREEMPT:
		snprintf(ret_message, 512,
			 "pool %s: with preempt the first member that is ready is the active one; "
			 "drain %s instead, or configure preempt: false",
			 pool, active ?: "it");
		break;
	case ACTIVE_HANDOVER_STRANGER:
		snprintf(ret_message, 512,
			 "pool %s: node %s is no member; see \"steer pool show %s\"", pool,
			 to->name, pool);
		break;
	case ACTIVE_HANDOVER_DEAD:
		snprintf(ret_message, 512,
			 "pool %s: node %s cannot be reached from here; see \"steer node show %s\"",
			 pool, to->name, to->name);
		break;
	case ACTIVE_HANDOVER_DRAINED:
		snprintf(ret_message, 512,
			 "pool %s: node %s drains; \"steer node activate\" there first", pool,
			 to->name);
		break;
	default:
		snprintf(ret_message, 512,
			 "pool %s: node %s is not ready; \"steer pool show %s\" there says why",
			 pool, to->name, pool);
		break;
	}
}

static json_t *handover_data(struct daemon *daemon, size_t index, const struct cluster_node *to,
			     const char *from, bool moved)
{
	const char *pool = daemon->cluster->pools[index].name;
	size_t slot = slots_find(&daemon->pool_slots, pool);
	uint64_t ready_ns = daemon->pools[slot].members[to->id].ready_ns;

	return json_pack("{s:s, s:s, s:s?, s:i, s:o, s:b, s:o}", "pool", pool, "node", to->name,
			 "from", from, "term", daemon->pools[slot].active.term, "ready_s",
			 ready_ns ? json_real((daemon_now_ns() - ready_ns) / 1e9) : json_null(),
			 "moved", moved, "waiting_for", actives_missing(daemon, index));
}

int handover(struct daemon *daemon, size_t index, const struct cluster_node *to, bool move,
	     const char *cause, json_t **ret_data, char ret_message[512])
{
	const struct cluster_pool *pool = &daemon->cluster->pools[index];
	size_t slot = slots_find(&daemon->pool_slots, pool->name);
	const char *from = handover_name(daemon, daemon->pools[slot].active.node);
	enum active_handover result;

	if (pool->mode != POOL_ACTIVE_PASSIVE) {
		snprintf(ret_message, 512,
			 "pool %s: it is active-active, all members are active; drain a node "
			 "instead",
			 pool->name);
		return -EINVAL;
	}
	result = actives_hand_over(daemon, index, to->id, move, cause);
	if (result != ACTIVE_HANDOVER_DONE && result != ACTIVE_HANDOVER_ALREADY) {
		handover_refuse(daemon, index, to, result, ret_message);
		return -EINVAL;
	}
	*ret_data =
		handover_data(daemon, index, to, from, move || result == ACTIVE_HANDOVER_ALREADY);
	return 0;
}
