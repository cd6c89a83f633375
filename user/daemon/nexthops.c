// SPDX-License-Identifier: GPL-2.0
#include "daemon/nexthops.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cluster/inputs.h"
#include "config/address.h"
#include "daemon/log.h"
#include "daemon/map_image.h"
#include "daemon/own_interfaces.h"
#include "daemon/publish.h"
#include "health/targets.h"

static const struct cluster *config_of(const struct daemon *daemon)
{
	return daemon->state->config;
}

static const struct steer_addr *address_of(const struct daemon *daemon,
					   const struct cluster_node *node)
{
	return targets_address(config_of(daemon), node);
}

/* A node's frames are known by the MAC that it sends them from, except for the first byte, which
 * carries hop and epoch. @node: STEER_NODE_NONE: of no node */
static void write_mac(struct daemon *daemon, const uint8_t mac[6], uint16_t node)
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

/* A gateway's MAC was not written for a node behind it, and may be that of another node. */
static void delete_mac(struct daemon *daemon, const struct nexthop *nexthop)
{
	if (nexthop->path.direct)
		write_mac(daemon, nexthop->path.dst_mac, STEER_NODE_NONE);
}

/* Only of nodes on our segment: a gateway's MAC is not a node's. */
static void set_mac(struct daemon *daemon, uint16_t node, const struct neighbour_path *path)
{
	const struct nexthop *nexthop = &daemon->nexthop[node];

	if (nexthop->known && nexthop->path.direct &&
	    memcmp(nexthop->path.dst_mac, path->dst_mac, sizeof(path->dst_mac)) != 0)
		write_mac(daemon, nexthop->path.dst_mac, STEER_NODE_NONE);
	if (path->direct)
		write_mac(daemon, path->dst_mac, node);
}

/* What peers know this node by. The route may prefer another address of this host, from which they
 * take no GUE. */
static struct steer_addr source_of(const struct daemon *daemon, const struct steer_addr *to,
				   const struct neighbour_path *path)
{
	const struct cluster_node *self = state_self(daemon->state);
	const struct steer_addr *own = address_is_ipv4(to) ? &self->addr4 : &self->addr6;

	return address_is_none(own) ? path->source : *own;
}

static void set_node(struct daemon *daemon, const struct cluster_node *node,
		     const struct neighbour_path *path)
{
	struct steer_node value = {
		.forward = node->forward,
		.mtu_bytes = path->mtu_bytes,
		.ifindex = path->ifindex,
		.addr = *address_of(daemon, node),
		.source = source_of(daemon, address_of(daemon, node), path),
	};
	int r;

	if (node->forward == STEER_FORWARD_L2 && !path->direct) {
		log_error("node %s: forward l2 needs it on the same segment, but its next hop is a "
			  "gateway; set forward: gue for it",
			  node->name);
		value.forward = STEER_FORWARD_NONE;
	}
	map_image_tunnel_source(config_of(daemon), &value);
	memcpy(value.dst_mac, path->dst_mac, sizeof(value.dst_mac));
	memcpy(value.src_mac, path->src_mac, sizeof(value.src_mac));
	r = datapath_set_node(daemon->datapath, node->id, &value);
	cluster_on_nexthop(daemon->state, node->id, r == 0 && value.forward != STEER_FORWARD_NONE);
	if (r < 0)
		log_error("node %s: its next hop cannot be stored in steer_nodes: %s", node->name,
			  strerror(-r));
}

void nexthops_changed(void *context, uint16_t id, const struct neighbour_path *path)
{
	struct daemon *daemon = context;
	const struct cluster_node *node = cluster_node_by_id(config_of(daemon), id);
	const uint8_t *mac = path->dst_mac;

	if (!node || id == state_self(daemon->state)->id || !address_of(daemon, node))
		return;
	log_info("node %s: %s by %02x:%02x:%02x:%02x:%02x:%02x, MTU %u", node->name,
		 path->direct ? "on the segment" : "through a gateway", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5], path->mtu_bytes);
	if (!node->agentless)
		set_mac(daemon, id, path);
	set_node(daemon, node, path);
	daemon->nexthop[id] = (struct nexthop){ true, *path };
	own_interfaces_refresh(daemon);
	publish_later(daemon);
}

int nexthops_of_check(void *context, uint16_t id, struct check_nexthop *ret_nexthop)
{
	const struct daemon *daemon = context;
	const struct cluster_node *node = cluster_node_by_id(config_of(daemon), id);

	if (!node || !daemon->state->peers[id].reachable)
		return -ENETUNREACH;
	*ret_nexthop = (struct check_nexthop){
		.ifindex = daemon->nexthop[id].path.ifindex,
		.tunnel = node->forward == STEER_FORWARD_IPIP,
		.address = *address_of(daemon, node),
	};
	memcpy(ret_nexthop->mac, daemon->nexthop[id].path.dst_mac, sizeof(ret_nexthop->mac));
	return 0;
}

void nexthops_forget(struct daemon *daemon, uint16_t id)
{
	static const struct steer_node none;
	struct nexthop *nexthop = &daemon->nexthop[id];

	neighbours_unwatch(daemon->neighbours, id);
	liveness_remove_peer(daemon->liveness, id);
	if (nexthop->known) {
		delete_mac(daemon, nexthop);
		datapath_set_node(daemon->datapath, id, &none);
	}
	*nexthop = (struct nexthop){};
	state_forget_peer(daemon->state, id);
}

/* The configuration may have changed what the node is: write again what is known. */
static void rewrite(struct daemon *daemon, const struct cluster_node *node)
{
	const struct nexthop *nexthop = &daemon->nexthop[node->id];

	if (!nexthop->known)
		return;
	set_node(daemon, node, &nexthop->path);
	if (node->agentless)
		delete_mac(daemon, nexthop);
	else
		set_mac(daemon, node->id, &nexthop->path);
}

static int watch(struct daemon *daemon, const struct cluster_node *node)
{
	const struct steer_addr *addr = address_of(daemon, node);
	int r;

	if (!addr) {
		log_error("node %s: it has no address of a family that this node has too; give "
			  "both an address or both an address6",
			  node->name);
		return 0;
	}
	rewrite(daemon, node);
	r = neighbours_watch(daemon->neighbours, node->id, addr);
	if (r < 0)
		return r;
	if (!node->agentless)
		return liveness_set_peer(daemon->liveness, node->id, addr);
	liveness_remove_peer(daemon->liveness, node->id);
	cluster_forget_liveness(daemon->state, node->id);
	return 0;
}

int nexthops_follow(struct daemon *daemon)
{
	uint16_t self = state_self(daemon->state)->id;

	for (uint16_t id = 1; id < STEER_MAX_NODES; id++) {
		const struct cluster_node *node = cluster_node_by_id(config_of(daemon), id);
		int r;

		if (id == self)
			continue;
		if (!node) {
			nexthops_forget(daemon, id);
			continue;
		}
		r = watch(daemon, node);
		if (r < 0)
			return r;
	}
	return 0;
}
