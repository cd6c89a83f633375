// SPDX-License-Identifier: GPL-2.0
#include "daemon/paths.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/address.h"
#include "daemon/layout.h"
#include "daemon/log.h"
#include "daemon/ports.h"
#include "daemon/states.h"
#include "health/targets.h"

static const struct steer_addr *paths_address(const struct daemon *daemon,
					      const struct cluster_node *node)
{
	return targets_address(daemon->cluster, node);
}

/* A node's frames are known by the MAC it sends them from, but for its first byte, which also tells
 * of the hop. */
static void paths_write_mac(struct daemon *daemon, const uint8_t mac[6], uint16_t node)
{
	struct steer_mac value = { .node = node, .first = mac[0] };
	struct steer_mac_key key = {};

	memcpy(key.mac, mac, sizeof(key.mac));
	key.mac[0] = 0;
	if (node != STEER_NODE_NONE)
		datapath_set_mac(daemon->datapath, &key, &value);
	else
		datapath_delete_mac(daemon->datapath, &key);
}

/* Only of nodes on our segment: a gateway's MAC is nobody's. */
static void paths_set_mac(struct daemon *daemon, uint16_t node, const struct neighbour_path *path)
{
	const struct daemon_peer *peer = &daemon->peers[node];

	if (peer->has_path && peer->path.direct &&
	    memcmp(peer->path.dst_mac, path->dst_mac, sizeof(path->dst_mac)) != 0)
		paths_write_mac(daemon, peer->path.dst_mac, STEER_NODE_NONE);
	if (path->direct)
		paths_write_mac(daemon, path->dst_mac, node);
}

static void paths_set_node(struct daemon *daemon, const struct cluster_node *node,
			   const struct neighbour_path *path)
{
	struct steer_node value = {
		.forward = node->forward,
		.mtu_bytes = path->mtu_bytes,
		.ifindex = path->ifindex,
		.addr = *paths_address(daemon, node),
		.source = path->source,
	};
	int r;

	if (node->forward == STEER_FORWARD_L2 && !path->direct) {
		log_error("node %s: forward l2 needs it on the same segment, but the way leads "
			  "through a gateway; set forward: gue for it",
			  node->name);
		value.forward = STEER_FORWARD_NONE;
	}
	layout_tunnel_source(daemon->cluster, &value);
	memcpy(value.dst_mac, path->dst_mac, sizeof(value.dst_mac));
	memcpy(value.src_mac, path->src_mac, sizeof(value.src_mac));
	daemon->peers[node->id].usable = value.forward != STEER_FORWARD_NONE;
	r = datapath_set_node(daemon->datapath, node->id, &value);
	if (r < 0)
		log_error("node %s: its way cannot be stored in steer_nodes: %s", node->name,
			  strerror(-r));
}

void paths_changed(void *context, uint16_t id, const struct neighbour_path *path)
{
	struct daemon *daemon = context;
	const struct cluster_node *node = cluster_node_by_id(daemon->cluster, id);
	const uint8_t *mac = path->dst_mac;

	if (!node || id == daemon_self(daemon)->id || !paths_address(daemon, node))
		return;
	log_info("node %s: %s by %02x:%02x:%02x:%02x:%02x:%02x, MTU %u", node->name,
		 path->direct ? "on the segment" : "through a gateway", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5], path->mtu_bytes);
	if (layout_runs_steer(node))
		paths_set_mac(daemon, id, path);
	paths_set_node(daemon, node, path);
	daemon->peers[id].path = *path;
	daemon->peers[id].has_path = true;
	ports_refresh(daemon);
	states_publish(daemon);
}

static void paths_forget(struct daemon *daemon, uint16_t id)
{
	static const struct steer_node none;
	struct daemon_peer *peer = &daemon->peers[id];

	neighbours_unwatch(daemon->neighbours, id);
	liveness_remove_peer(daemon->liveness, id);
	if (peer->has_path) {
		paths_write_mac(daemon, peer->path.dst_mac, STEER_NODE_NONE);
		datapath_set_node(daemon->datapath, id, &none);
	}
	*peer = (struct daemon_peer){};
}

static int paths_watch(struct daemon *daemon, const struct cluster_node *node)
{
	const struct steer_addr *addr = paths_address(daemon, node);
	const struct daemon_peer *peer = &daemon->peers[node->id];
	int r;

	if (!addr) {
		log_error("node %s: it has no address of a family that this node has too; give "
			  "both an "
			  "address or both an address6",
			  node->name);
		return 0;
	}
	/* The configuration may have changed what it is: write again what is known. */
	if (peer->has_path) {
		paths_set_node(daemon, node, &peer->path);
		if (layout_runs_steer(node))
			paths_set_mac(daemon, node->id, &peer->path);
		else
			paths_write_mac(daemon, peer->path.dst_mac, STEER_NODE_NONE);
	}
	r = neighbours_watch(daemon->neighbours, node->id, addr);
	if (r < 0)
		return r;
	if (layout_runs_steer(node))
		return liveness_set_peer(daemon->liveness, node->id, addr);
	liveness_remove_peer(daemon->liveness, node->id);
	return 0;
}

int paths_follow(struct daemon *daemon)
{
	uint16_t self = daemon_self(daemon)->id;
	uint16_t id;

	for (id = 1; id < STEER_MAX_NODES; id++) {
		const struct cluster_node *node = cluster_node_by_id(daemon->cluster, id);
		int r;

		if (id == self)
			continue;
		if (!node) {
			paths_forget(daemon, id);
			continue;
		}
		r = paths_watch(daemon, node);
		if (r < 0)
			return r;
	}
	return 0;
}
