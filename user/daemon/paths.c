// SPDX-License-Identifier: GPL-2.0
#include "daemon/paths.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/address.h"
#include "daemon/log.h"
#include "daemon/states.h"

const struct steer_addr *paths_address(const struct daemon *daemon, const struct cluster_node *node)
{
	const struct cluster_node *self = daemon_self(daemon);

	if (!address_is_none(&self->addr4) && !address_is_none(&node->addr4))
		return &node->addr4;
	if (!address_is_none(&self->addr6) && !address_is_none(&node->addr6))
		return &node->addr6;
	return NULL;
}

static struct steer_mac_key paths_mac_key(const uint8_t mac[6])
{
	struct steer_mac_key key = {};

	memcpy(key.mac, mac, sizeof(key.mac));
	return key;
}

/* A node's frames are known by its MAC, and by the alias that second chances are sent from. */
static void paths_write_mac(struct daemon *daemon, const uint8_t mac[6],
			    const struct steer_mac *value)
{
	struct steer_mac_key key = paths_mac_key(mac);
	struct steer_mac alias_value = {};

	if (value) {
		alias_value = *value;
		alias_value.hop = STEER_HOP_LIMIT;
		datapath_set_mac(daemon->datapath, &key, value);
		key.mac[0] ^= STEER_MAC_ALIAS;
		datapath_set_mac(daemon->datapath, &key, &alias_value);
	} else {
		datapath_delete_mac(daemon->datapath, &key);
		key.mac[0] ^= STEER_MAC_ALIAS;
		datapath_delete_mac(daemon->datapath, &key);
	}
}

/* Only of nodes on our segment: a gateway's MAC is nobody's. */
static void paths_set_mac(struct daemon *daemon, uint16_t node, const struct neighbour_path *path)
{
	const struct daemon_peer *peer = &daemon->peers[node];
	struct steer_mac value = { .node = node, .hop = 1 };

	if (peer->has_path && peer->path.direct &&
	    memcmp(peer->path.dst_mac, path->dst_mac, sizeof(path->dst_mac)) != 0)
		paths_write_mac(daemon, peer->path.dst_mac, NULL);
	if (path->direct)
		paths_write_mac(daemon, path->dst_mac, &value);
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
	paths_set_mac(daemon, id, path);
	paths_set_node(daemon, node, path);
	daemon->peers[id].path = *path;
	daemon->peers[id].has_path = true;
	states_publish(daemon);
}

static void paths_forget(struct daemon *daemon, uint16_t id)
{
	static const struct steer_node none;
	struct daemon_peer *peer = &daemon->peers[id];

	neighbours_unwatch(daemon->neighbours, id);
	initiator_remove_peer(daemon->initiator, id);
	if (peer->has_path) {
		paths_write_mac(daemon, peer->path.dst_mac, NULL);
		datapath_set_node(daemon->datapath, id, &none);
	}
	*peer = (struct daemon_peer){};
}

static int paths_watch(struct daemon *daemon, const struct cluster_node *node)
{
	const struct steer_addr *addr = paths_address(daemon, node);
	int r;

	if (!addr) {
		log_error("node %s: it has no address of a family that this node has too; give "
			  "both an "
			  "address or both an address6",
			  node->name);
		return 0;
	}
	/* The configuration may have changed how it is forwarded to: write again what is known. */
	if (daemon->peers[node->id].has_path)
		paths_set_node(daemon, node, &daemon->peers[node->id].path);
	r = neighbours_watch(daemon->neighbours, node->id, addr);
	if (r < 0)
		return r;
	return initiator_set_peer(daemon->initiator, node->id, addr);
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
