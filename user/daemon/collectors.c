// SPDX-License-Identifier: GPL-2.0
#include "daemon/collectors.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/layout.h"
#include "daemon/states.h"

#define COLLECTORS_SERVING (STEER_STATE_SERVING | STEER_STATE_LIVE | STEER_STATE_HEALTHY)

int collectors_pool(const struct cluster *cluster, struct cluster_pool *ret_pool)
{
	struct cluster_pool pool = { .name = "nodes", .mode = POOL_ACTIVE_ACTIVE };
	size_t i;

	pool.members = calloc(cluster->n_nodes, sizeof(*pool.members));
	if (!pool.members)
		return -ENOMEM;
	for (i = 0; i < cluster->n_nodes; i++)
		if (layout_runs_steer(&cluster->nodes[i]))
			pool.members[pool.n_members++] = (struct cluster_member){ i, 1 };
	*ret_pool = pool;
	return 0;
}

/* Like everywhere: as long as we know no better, a node is what it was. */
static uint8_t collectors_state(const struct daemon *daemon, uint16_t id, uint8_t now)
{
	const struct daemon_peer *peer = &daemon->peers[id];
	enum liveness_state live = states_of_peer(daemon, id);

	if (id == daemon_self(daemon)->id)
		return COLLECTORS_SERVING;
	if (live == LIVENESS_UNKNOWN)
		return now;
	return (live == LIVENESS_UP || peer->held) && peer->usable ? COLLECTORS_SERVING : 0;
}

void collectors_prepare(struct daemon *daemon, const struct cluster *cluster, bool fresh)
{
	uint16_t id;

	for (id = 1; id < STEER_MAX_NODES; id++) {
		const struct cluster_node *node = cluster_node_by_id(cluster, id);
		const struct cluster_node *before =
			daemon->cluster ? cluster_node_by_id(daemon->cluster, id) : NULL;
		bool known = daemon->cluster ? before && layout_runs_steer(before) : !fresh;

		if (!node || !layout_runs_steer(node))
			datapath_set_state(daemon->datapath, STEER_POOL_CLUSTER, id, 0);
		else if (!known || id == cluster->nodes[cluster->self].id)
			datapath_set_state(daemon->datapath, STEER_POOL_CLUSTER, id,
					   COLLECTORS_SERVING);
	}
}

void collectors_publish(struct daemon *daemon)
{
	const struct cluster *cluster = daemon->cluster;
	size_t i;

	for (i = 0; i < cluster->n_nodes; i++) {
		uint16_t id = cluster->nodes[i].id;
		uint8_t now, state;

		if (!layout_runs_steer(&cluster->nodes[i]))
			continue;
		now = datapath_get_state(daemon->datapath, STEER_POOL_CLUSTER, id);
		state = collectors_state(daemon, id, now);
		if (state != now)
			datapath_set_state(daemon->datapath, STEER_POOL_CLUSTER, id, state);
	}
}
