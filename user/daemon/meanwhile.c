// SPDX-License-Identifier: GPL-2.0
#include "daemon/meanwhile.h"

#include "daemon/states.h"

static bool meanwhile_others_serve(const struct daemon *daemon, size_t slot, uint16_t except)
{
	uint16_t id;

	for (id = 1; id < STEER_MAX_NODES; id++)
		if (id != except &&
		    datapath_get_state(daemon->datapath, slot, id) & STEER_STATE_SERVING)
			return true;
	return false;
}

/* The first standby that is well in place of the active member, whom states_publish() will replace.
 */
static void meanwhile_promote(struct daemon *daemon, const struct cluster_pool *pool, size_t slot)
{
	const uint8_t well = STEER_STATE_LIVE | STEER_STATE_HEALTHY;
	size_t i;

	for (i = 0; i < pool->n_members; i++) {
		uint16_t id = daemon->cluster->nodes[pool->members[i].node].id;
		uint8_t now = datapath_get_state(daemon->datapath, slot, id);

		if ((now & (well | STEER_STATE_DRAINING | STEER_STATE_SERVING)) != well ||
		    states_of_peer(daemon, id) == LIVENESS_DOWN)
			continue;
		states_set(daemon, slot, id, now, now | STEER_STATE_SERVING);
		return;
	}
}

static void meanwhile_promote_standbys(struct daemon *daemon)
{
	size_t i;

	for (i = 0; i < daemon->cluster->n_pools; i++) {
		const struct cluster_pool *pool = &daemon->cluster->pools[i];
		size_t slot = slots_find(&daemon->pool_slots, pool->name);
		uint16_t active = daemon->pools[slot].active.node;

		if (pool->mode == POOL_ACTIVE_PASSIVE && active != STEER_NODE_NONE &&
		    states_of_peer(daemon, active) == LIVENESS_DOWN &&
		    !daemon->peers[active].held && !meanwhile_others_serve(daemon, slot, active))
			meanwhile_promote(daemon, pool, slot);
	}
}

void meanwhile_publish(struct daemon *daemon)
{
	size_t i, slot;

	meanwhile_promote_standbys(daemon);
	for (i = 0; i < daemon->cluster->n_nodes; i++) {
		uint16_t id = daemon->cluster->nodes[i].id;

		if (states_of_peer(daemon, id) != LIVENESS_DOWN || daemon->peers[id].held)
			continue;
		for (slot = 0; slot < STEER_MAX_POOLS; slot++) {
			uint8_t now = datapath_get_state(daemon->datapath, slot, id);

			if (now & STEER_STATE_SERVING && meanwhile_others_serve(daemon, slot, id))
				states_set(daemon, slot, id, now,
					   now & ~(STEER_STATE_SERVING | STEER_STATE_LIVE));
		}
	}
}
