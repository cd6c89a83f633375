// SPDX-License-Identifier: GPL-2.0
#include "neighbour/neighbour.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "config/address.h"
#include "neighbour/rtnl.h"

/* Pause before an unknown path is queried again. */
#define RETRY_US 200000

/* Routes change in bursts, on some hosts all the time: all paths are queried once per burst. */
#define SETTLE_US 20000

/* VLAN tags that the XDP program parses. */
#define VLANS 2

/* A watched address and its path. */
struct watch {
	bool used;
	struct steer_addr addr;
	uint32_t ifindex; /* of the next hop; 0: no route */
	struct steer_addr next_hop;
	bool has_path;
	bool current; /* the path is what the kernel has now, not what it had earlier */
	struct neighbour_path path;
	/* The next hop that path.dst_mac belongs to. */
	struct steer_addr path_hop;
	uint32_t path_ifindex;
};

struct neighbours {
	sd_event *event;
	sd_event_source *io, *timer;
	struct mnl_socket *events; /* subscriptions */
	struct mnl_socket *query;
	neighbour_changed_fn changed;
	neighbour_links_fn links;
	void *context;
	bool resync; /* routes, links or addresses changed, or events were lost */
	bool relink; /* links changed, or events were lost */
	uint32_t own[STEER_MAX_INTERFACES];
	size_t n_own;
	struct watch watch[STEER_MAX_NODES];
};

/* The MTU of a path: the smaller of the link's and the route's; @route_bytes 0: the link's. */
static uint16_t smaller_mtu(uint32_t link_bytes, uint32_t route_bytes)
{
	uint32_t bytes = route_bytes && route_bytes < link_bytes ? route_bytes : link_bytes;

	return bytes < UINT16_MAX ? bytes : UINT16_MAX;
}

/* True if the path's MAC belongs to the route's present next hop. */
static bool has_mac_of_next_hop(const struct watch *watch)
{
	return watch->has_path && watch->path_ifindex == watch->ifindex &&
	       address_equal(&watch->path_hop, &watch->next_hop);
}

/* The own interface that is a port of a bridge, from which frames leave; else the bridge itself. */
static uint32_t port_of(struct neighbours *n, uint32_t bridge)
{
	struct rtnl_link link;

	for (size_t i = 0; i < n->n_own; i++)
		if (rtnl_get_link(n->query, n->own[i], &link) == 0 && link.master == bridge)
			return n->own[i];
	return bridge;
}

/*
 * A path through a VLAN uses the device below, on which the XDP program runs and sends. A forwarded
 * frame keeps the VLAN tags it came with, so a node behind a VLAN is reached by the packets that
 * came in on that VLAN.
 */
static uint32_t lower_device(struct neighbours *n, uint32_t ifindex, const struct rtnl_link *link)
{
	struct rtnl_link below = *link;

	for (int depth = 0; below.kind == RTNL_KIND_VLAN && below.below && depth < VLANS; depth++) {
		ifindex = below.below;
		if (rtnl_get_link(n->query, ifindex, &below) < 0)
			break;
	}
	return below.kind == RTNL_KIND_BRIDGE ? port_of(n, ifindex) : ifindex;
}

/*
 * Query the whole path. While the kernel does not know the MAC, the last known one of the same next
 * hop stays; the rest of the path is current. Return: 0, or a negative errno: no path is known.
 */
static int query_path(struct neighbours *n, struct watch *watch, struct neighbour_path *ret_path)
{
	struct neighbour_path path;
	struct rtnl_route route;
	struct rtnl_link link;
	int r;

	memset(&path, 0, sizeof(path)); /* padding too: paths are compared as memory */
	watch->ifindex = 0;
	r = rtnl_get_route(n->query, &watch->addr, &route);
	if (r < 0)
		return r;
	r = rtnl_get_link(n->query, route.ifindex, &link);
	if (r < 0)
		return r;
	watch->ifindex = route.ifindex;
	watch->next_hop = route.next_hop;
	path.ifindex = lower_device(n, route.ifindex, &link);
	path.direct = route.direct;
	path.source = route.source;
	path.mtu_bytes = smaller_mtu(link.mtu_bytes, route.mtu_bytes);
	memcpy(path.src_mac, link.mac, sizeof(path.src_mac));
	r = rtnl_get_neighbour(n->query, watch->ifindex, &watch->next_hop, path.dst_mac);
	watch->current = r == 0;
	if (r < 0 && !has_mac_of_next_hop(watch))
		return r;
	if (r < 0)
		memcpy(path.dst_mac, watch->path.dst_mac, sizeof(path.dst_mac));
	*ret_path = path;
	return 0;
}

static void refresh(struct neighbours *n, uint16_t node)
{
	struct watch *watch = &n->watch[node];
	struct neighbour_path path;

	watch->current = false;
	if (query_path(n, watch, &path) < 0)
		return;
	watch->path_hop = watch->next_hop;
	watch->path_ifindex = watch->ifindex;
	if (watch->has_path && !memcmp(&watch->path, &path, sizeof(path)))
		return;
	watch->path = path;
	watch->has_path = true;
	n->changed(n->context, node, &path);
}

static void refresh_all(struct neighbours *n)
{
	for (uint16_t node = 0; node < STEER_MAX_NODES; node++)
		if (n->watch[node].used)
			refresh(n, node);
}

static int on_message(const struct nlmsghdr *message, void *context)
{
	struct neighbours *n = context;
	struct steer_addr addr;
	uint32_t ifindex;

	if (message->nlmsg_type != RTM_NEWNEIGH && message->nlmsg_type != RTM_DELNEIGH) {
		n->resync = true;
		if (message->nlmsg_type == RTM_NEWLINK || message->nlmsg_type == RTM_DELLINK)
			n->relink = true;
		return MNL_CB_OK;
	}
	if (rtnl_parse_neighbour(message, &ifindex, &addr) < 0)
		return MNL_CB_OK;
	for (uint16_t node = 0; node < STEER_MAX_NODES; node++) {
		struct watch *watch = &n->watch[node];

		if (watch->used && watch->ifindex == ifindex &&
		    address_equal(&watch->next_hop, &addr))
			refresh(n, node);
	}
	return MNL_CB_OK;
}

/* Make the timer expire as soon as a burst of events has settled. */
static int hasten(struct neighbours *n)
{
	uint64_t now_us, planned_us;
	int r;

	r = sd_event_now(n->event, CLOCK_MONOTONIC, &now_us);
	if (r < 0)
		return r;
	r = sd_event_source_get_time(n->timer, &planned_us);
	if (r < 0 || planned_us <= now_us + SETTLE_US)
		return r;
	return sd_event_source_set_time(n->timer, now_us + SETTLE_US);
}

static int on_event(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	struct neighbours *n = context;
	char buffer[RTNL_MESSAGE_BYTES];
	ssize_t length;

	(void)source;
	(void)revents;
	for (;;) {
		length = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		if (length < 0 && errno == ENOBUFS) {
			n->resync = n->relink = true;
			continue;
		}
		if (length <= 0)
			break;
		mnl_cb_run(buffer, length, 0, 0, on_message, n);
	}
	return n->resync ? hasten(n) : 0;
}

static int on_timer(sd_event_source *source, uint64_t now_us, void *context)
{
	struct neighbours *n = context;

	if (n->relink) {
		n->relink = false;
		n->links(n->context);
	}
	if (n->resync) {
		n->resync = false;
		refresh_all(n);
	}
	for (uint16_t node = 0; node < STEER_MAX_NODES; node++) {
		struct watch *watch = &n->watch[node];

		if (!watch->used || watch->current)
			continue;
		refresh(n, node);
		if (!watch->current && watch->ifindex)
			rtnl_resolve(n->query, watch->ifindex, &watch->next_hop);
	}
	sd_event_source_set_time(source, now_us + RETRY_US);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static int subscribe(struct neighbours *n)
{
	static const int groups[] = {
		RTNLGRP_NEIGH,	    RTNLGRP_LINK,	 RTNLGRP_IPV4_ROUTE,
		RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR
	};
	uint64_t now_us;
	int r;

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (mnl_socket_setsockopt(n->events, NETLINK_ADD_MEMBERSHIP, (void *)&groups[i],
					  sizeof(groups[i])) < 0)
			return -errno;
	r = sd_event_add_io(n->event, &n->io, mnl_socket_get_fd(n->events), EPOLLIN, on_event, n);
	if (r < 0)
		return r;
	r = sd_event_now(n->event, CLOCK_MONOTONIC, &now_us);
	if (r < 0)
		return r;
	return sd_event_add_time(n->event, &n->timer, CLOCK_MONOTONIC, now_us + RETRY_US, 0,
				 on_timer, n);
}

int neighbours_new(sd_event *event, neighbour_changed_fn changed, neighbour_links_fn links,
		   void *context, struct neighbours **ret_neighbours)
{
	struct neighbours *n = calloc(1, sizeof(*n));
	int r;

	if (!n)
		return -ENOMEM;
	n->event = sd_event_ref(event);
	n->changed = changed;
	n->links = links;
	n->context = context;
	r = rtnl_open(&n->query);
	if (r == 0)
		r = rtnl_open(&n->events);
	if (r == 0)
		r = subscribe(n);
	if (r < 0) {
		neighbours_free(n);
		return r;
	}
	*ret_neighbours = n;
	return 0;
}

void neighbours_free(struct neighbours *n)
{
	if (!n)
		return;
	sd_event_source_disable_unref(n->io);
	sd_event_source_disable_unref(n->timer);
	sd_event_unref(n->event);
	if (n->events)
		mnl_socket_close(n->events);
	if (n->query)
		mnl_socket_close(n->query);
	free(n);
}

int neighbours_watch(struct neighbours *n, uint16_t node, const struct steer_addr *addr)
{
	struct watch *watch;

	if (node == STEER_NODE_NONE || node >= STEER_MAX_NODES || address_is_none(addr))
		return -EINVAL;
	watch = &n->watch[node];
	if (watch->used && address_equal(&watch->addr, addr))
		return 0;
	*watch = (struct watch){ .used = true, .addr = *addr };
	refresh(n, node);
	if (!watch->current && watch->ifindex)
		rtnl_resolve(n->query, watch->ifindex, &watch->next_hop);
	return 0;
}

void neighbours_unwatch(struct neighbours *n, uint16_t node)
{
	if (node < STEER_MAX_NODES)
		n->watch[node] = (struct watch){};
}

void neighbours_set_own(struct neighbours *n, const uint32_t *ifindex, size_t count)
{
	n->n_own = 0;
	for (size_t i = 0; i < count && i < STEER_MAX_INTERFACES; i++)
		if (ifindex[i])
			n->own[n->n_own++] = ifindex[i];
}

#define LIST_TRIES 5

/* Links whose frames come in by an own interface. */
struct search {
	uint32_t ifindex, master;
	struct steer_interface *macs;
	size_t n, max;
};

static void add_mac(void *context, const struct rtnl_link *link)
{
	struct search *search = context;

	if (link->below != search->ifindex &&
	    (link->kind != RTNL_KIND_BRIDGE || link->ifindex != search->master))
		return;
	if (search->n < search->max) {
		search->macs[search->n] = (struct steer_interface){};
		memcpy(search->macs[search->n].mac, link->mac, sizeof(link->mac));
	}
	search->n++;
}

int neighbours_own_macs(uint32_t ifindex, struct steer_interface *ret_macs, size_t max)
{
	struct search search = { .ifindex = ifindex, .macs = ret_macs, .max = max };
	struct mnl_socket *socket;
	struct rtnl_link link;
	int r;

	r = rtnl_open(&socket);
	if (r < 0)
		return r;
	r = rtnl_get_link(socket, ifindex, &link);
	search.master = link.master;
	for (int tries = 0; r == 0 && tries < LIST_TRIES; tries++) {
		search.n = 0;
		r = rtnl_list_links(socket, add_mac, &search);
		if (r != -EINTR) /* links changed meanwhile */
			break;
		r = tries + 1 < LIST_TRIES ? 0 : r;
	}
	mnl_socket_close(socket);
	return r < 0 ? r : (int)search.n;
}

int neighbours_own_interface(const char *interface, uint32_t *ret_ifindex, uint8_t ret_mac[6],
			     uint16_t *ret_mtu_bytes)
{
	uint32_t ifindex = if_nametoindex(interface);
	struct mnl_socket *socket;
	struct rtnl_link link;
	int r;

	if (!ifindex)
		return -ENODEV;
	r = rtnl_open(&socket);
	if (r < 0)
		return r;
	r = rtnl_get_link(socket, ifindex, &link);
	mnl_socket_close(socket);
	if (r < 0)
		return r;
	*ret_ifindex = ifindex;
	*ret_mtu_bytes = smaller_mtu(link.mtu_bytes, 0);
	memcpy(ret_mac, link.mac, sizeof(link.mac));
	return 0;
}
