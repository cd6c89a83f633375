// SPDX-License-Identifier: GPL-2.0
#include "daemon/agentless.h"

#include <errno.h>
#include <string.h>

#include "daemon/admin.h"
#include "daemon/log.h"
#include "daemon/members.h"
#include "health/targets.h"
#include "policy/state.h"

void agentless_load_admin(struct daemon *daemon, const struct cluster *cluster)
{
	size_t i;

	for (i = 0; i < cluster->n_nodes; i++) {
		const struct cluster_node *node = &cluster->nodes[i], *before = NULL;
		int r;

		if (daemon->cluster)
			before = cluster_node_by_name(daemon->cluster, node->name);
		if (!node->agentless || (before && before->agentless && before->id == node->id))
			continue;
		r = admin_load(daemon->options.state_dir, node->name,
			       &daemon->peers[node->id].admin);
		if (r < 0)
			log_error("%s/admin-%s: unreadable: %s; the node counts as active",
				  daemon->options.state_dir, node->name, strerror(-r));
	}
}

uint8_t agentless_state(const struct daemon *daemon, size_t index, uint16_t id, uint8_t now)
{
	enum health_verdict verdict = checker_get_member(daemon->checker, index, id, NULL);
	size_t slot = slots_find(&daemon->pool_slots, daemon->cluster->pools[index].name);
	const struct daemon_peer *peer = &daemon->peers[id];
	struct policy_input input = {
		.live = verdict == HEALTH_GOOD,
		.reachable = peer->usable,
		.healthy = verdict == HEALTH_GOOD,
		.admin = peer->admin,
		.held = members_held_ns(daemon, slot, id, daemon_now_ns()),
	};

	if (verdict == HEALTH_UNKNOWN) {
		input.live = input.reachable = now & STEER_STATE_LIVE;
		input.healthy = now & STEER_STATE_HEALTHY;
	}
	return policy_state(&input);
}

int agentless_way(void *context, uint16_t id, struct check_nexthop *ret_nexthop)
{
	const struct daemon *daemon = context;
	const struct daemon_peer *peer = &daemon->peers[id];
	const struct cluster_node *node = cluster_node_by_id(daemon->cluster, id);

	if (!node || !peer->usable)
		return -ENETUNREACH;
	*ret_nexthop = (struct check_nexthop){
		.ifindex = peer->path.ifindex,
		.tunnel = node->forward == STEER_FORWARD_IPIP,
		.address = *targets_address(daemon->cluster, node),
	};
	memcpy(ret_nexthop->mac, peer->path.dst_mac, sizeof(ret_nexthop->mac));
	return 0;
}

static bool agentless_is_member(const struct daemon *daemon, const struct cluster_pool *pool,
				uint16_t id)
{
	size_t i;

	for (i = 0; i < pool->n_members; i++)
		if (daemon->cluster->nodes[pool->members[i].node].id == id)
			return true;
	return false;
}

enum liveness_state agentless_liveness(const struct daemon *daemon, uint16_t id)
{
	enum liveness_state state = LIVENESS_DOWN;
	bool any = false;
	size_t i;

	for (i = 0; i < daemon->cluster->n_pools; i++) {
		enum health_verdict verdict;

		if (!agentless_is_member(daemon, &daemon->cluster->pools[i], id))
			continue;
		verdict = checker_get_member(daemon->checker, i, id, NULL);
		if (verdict == HEALTH_GOOD)
			return LIVENESS_UP;
		if (verdict == HEALTH_UNKNOWN)
			state = LIVENESS_UNKNOWN;
		any = true;
	}
	return any ? state : LIVENESS_UNKNOWN;
}
