// SPDX-License-Identifier: GPL-2.0
#include "daemon/handover.h"

#include <errno.h>
#include <stdio.h>

#include "cluster/election.h"
#include "daemon/clock.h"
#include "daemon/json_nodes.h"
#include "daemon/publish.h"

static const char *name_of(const struct daemon *daemon, uint16_t id)
{
	const struct cluster_node *node = cluster_node_by_id(daemon->state->config, id);

	return node ? node->name : NULL;
}

/* Why not, and what to do. */
static void refuse(const struct daemon *daemon, const struct pool *subject,
		   const struct cluster_node *to, enum active_handover why,
		   char ret_message[CONTROL_MESSAGE_MAX])
{
	const char *active = name_of(daemon, subject->active.node);
	const char *pool = subject->config->name;

	switch (why) {
	case ACTIVE_HANDOVER_PREEMPT:
		snprintf(ret_message, CONTROL_MESSAGE_MAX,
			 "pool %s: with preempt the first member that is ready is the active one; "
			 "drain %s instead, or configure preempt: false",
			 pool, active ?: "it");
		break;
	case ACTIVE_HANDOVER_NOT_MEMBER:
		snprintf(ret_message, CONTROL_MESSAGE_MAX,
			 "pool %s: node %s is no member; see \"steer pool show %s\"", pool,
			 to->name, pool);
		break;
	case ACTIVE_HANDOVER_DEAD:
		snprintf(ret_message, CONTROL_MESSAGE_MAX,
			 "pool %s: node %s cannot be reached from here; see \"steer node show %s\"",
			 pool, to->name, to->name);
		break;
	case ACTIVE_HANDOVER_DRAINED:
		snprintf(ret_message, CONTROL_MESSAGE_MAX,
			 "pool %s: node %s drains; \"steer node activate\" there first", pool,
			 to->name);
		break;
	default:
		snprintf(ret_message, CONTROL_MESSAGE_MAX,
			 "pool %s: node %s is not ready; \"steer pool show %s\" there says why",
			 pool, to->name, pool);
		break;
	}
}

static json_t *data_of(const struct daemon *daemon, const struct pool *pool,
		       const struct cluster_node *to, const char *from, bool moved)
{
	const struct cluster_node *missing[STEER_MAX_NODES];
	size_t n = election_missing(daemon->state, pool, missing);
	uint64_t ready_ns = pool->member[to->id].ready_ns;

	return json_pack("{s:s, s:s, s:s?, s:i, s:o, s:b, s:o}", "pool", pool->config->name, "node",
			 to->name, "from", from, "term", pool->active.term, "ready_s",
			 ready_ns ? json_real((clock_now_ns() - ready_ns) / 1e9) : json_null(),
			 "moved", moved, "waiting_for", json_node_names(missing, n));
}

int handover(struct daemon *daemon, struct pool *pool, const struct cluster_node *to, bool move,
	     const char *cause, json_t **ret_data, char ret_message[CONTROL_MESSAGE_MAX])
{
	const char *from = name_of(daemon, pool->active.node);
	enum active_handover result;

	if (pool->config->mode != POOL_ACTIVE_PASSIVE) {
		snprintf(ret_message, CONTROL_MESSAGE_MAX,
			 "pool %s: it is active-active, all members are active; drain a node "
			 "instead",
			 pool->config->name);
		return -EINVAL;
	}
	result = election_hand_over(daemon->state, pool, to->id, move, cause, clock_now_ns());
	if (result != ACTIVE_HANDOVER_DONE && result != ACTIVE_HANDOVER_ALREADY) {
		refuse(daemon, pool, to, result, ret_message);
		return -EINVAL;
	}
	if (result == ACTIVE_HANDOVER_DONE && move)
		publish_now(daemon);
	*ret_data = data_of(daemon, pool, to, from, move || result == ACTIVE_HANDOVER_ALREADY);
	return 0;
}
