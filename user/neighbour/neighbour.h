/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_NEIGHBOUR_NEIGHBOUR_H
#define STEER_NEIGHBOUR_NEIGHBOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "steer/maps.h"

/**
 * DOC: how to reach the other nodes, asked of the kernel over rtnetlink (libmnl) and kept current.
 *
 * For every watched address: the route (interface, next hop, source address, MTU), the MACs of the
 * next hop and of our own interface. Follows neighbour, route, address and link events; asks the
 * kernel to resolve what it does not know (NTF_USE), again and again with a pause until it is
 * known. A MAC once known is kept while the neighbour entry is incomplete or failed: whether a node
 * lives is for liveness to say.
 */
struct neighbour_path {
	uint32_t ifindex; /* of the device below, if the way leads through a VLAN */
	uint16_t mtu_bytes;
	bool direct; /* on the same segment, not through a gateway */
	uint8_t dst_mac[6];
	uint8_t src_mac[6];
	struct steer_addr source; /* our address on the way, as the kernel would choose it */
};

struct neighbours;

/*
 * Called whenever a watched address's path is first known or differs: from the event loop, and from
 * within neighbours_watch() if the kernel knows the way already.
 */
typedef void (*neighbour_changed_fn)(void *context, uint16_t node,
				     const struct neighbour_path *path);

/**
 * neighbours_new - start listening in the current network namespace.
 * Return: 0 or a negative errno.
 */
int neighbours_new(sd_event *event, neighbour_changed_fn changed, void *context,
		   struct neighbours **ret_neighbours);
void neighbours_free(struct neighbours *neighbours);

/* Watch the way to a node; a second call for the same node replaces the address. */
int neighbours_watch(struct neighbours *neighbours, uint16_t node, const struct steer_addr *addr);
void neighbours_unwatch(struct neighbours *neighbours, uint16_t node);

/* MAC and MTU of one of our own interfaces, by name. 0; -ENODEV; -EOPNOTSUPP: not Ethernet. */
int neighbours_own_interface(const char *interface, uint32_t *ret_ifindex, uint8_t ret_mac[6],
			     uint16_t *ret_mtu_bytes);

#endif
