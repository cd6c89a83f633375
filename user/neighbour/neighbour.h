/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_NEIGHBOUR_NEIGHBOUR_H
#define STEER_NEIGHBOUR_NEIGHBOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "steer/maps.h"

/**
 * DOC: the resolved next hops of the other nodes, read from the kernel over rtnetlink (libmnl).
 *
 * For every watched address: its route (interface, next hop, source address, MTU), the MAC of the
 * next hop, and the MAC of the own interface. Neighbour, route, address and link events keep them
 * current. The module asks the kernel to resolve an unknown neighbour (NTF_USE), and repeats that
 * every 200 ms until it is known. A known MAC is kept while the neighbour entry is incomplete or
 * failed: liveness decides whether a node is up, not the neighbour table.
 */

/* A path to a node: its resolved next hop. */
struct neighbour_path {
	uint32_t ifindex; /* through a VLAN: of the device below it */
	uint16_t mtu_bytes;
	bool direct; /* the node is on the same segment, not behind a gateway */
	uint8_t dst_mac[6];
	uint8_t src_mac[6];
	struct steer_addr source; /* the own address that the kernel would send from */
};

struct neighbours;

/*
 * Called when a path of a watched address is first known, and when it changes: from the event loop,
 * and from within neighbours_watch() if the kernel knows the path already.
 */
typedef void (*neighbour_changed_fn)(void *context, uint16_t node,
				     const struct neighbour_path *path);

/* Links came, went or changed. */
typedef void (*neighbour_links_fn)(void *context);

/**
 * neighbours_new - subscribe to rtnetlink in the current network namespace.
 * @event: the event loop
 * @changed: called with @context for each new or changed path
 * @links: called with @context after links changed, once for a burst
 *
 * Return: 0 or a negative errno.
 */
int neighbours_new(sd_event *event, neighbour_changed_fn changed, neighbour_links_fn links,
		   void *context, struct neighbours **ret_neighbours);
void neighbours_free(struct neighbours *neighbours);

/**
 * neighbours_watch - watch the path to a node.
 * @node: its id
 * @addr: its address; a second call for the same node replaces it
 *
 * Return: 0; -EINVAL for an id or address that no node can have.
 */
int neighbours_watch(struct neighbours *neighbours, uint16_t node, const struct steer_addr *addr);
void neighbours_unwatch(struct neighbours *neighbours, uint16_t node);

/* The interfaces of this node: a path through a bridge leaves by the one that is its port. */
void neighbours_set_own(struct neighbours *neighbours, const uint32_t *ifindex, size_t count);

/**
 * neighbours_own_macs - other MACs of this host to which frames come in by an interface.
 * @ifindex: the interface
 * @ret_macs: those of macvlans (VRRP) and VLANs on it, and of the bridge that it is a port of
 * @max: room there
 *
 * Return: their number, which may be above @max; a negative errno of netlink.
 */
int neighbours_own_macs(uint32_t ifindex, struct steer_interface *ret_macs, size_t max);

/**
 * neighbours_own_interface - read index, MAC and MTU of an interface of this node.
 * @interface: its name
 *
 * Return: 0; -ENODEV; -EOPNOTSUPP if it is not Ethernet; or another negative errno of netlink.
 */
int neighbours_own_interface(const char *interface, uint32_t *ret_ifindex, uint8_t ret_mac[6],
			     uint16_t *ret_mtu_bytes);

#endif
