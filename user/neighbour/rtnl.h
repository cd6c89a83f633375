/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_NEIGHBOUR_RTNL_H
#define STEER_NEIGHBOUR_RTNL_H

#include <stdbool.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#include "steer/maps.h"

/**
 * DOC: questions to rtnetlink, one answer each. Every function waits for the kernel, which answers
 * at once; the socket is the caller's and carries no subscriptions.
 */
#define RTNL_MESSAGE_BYTES 32768 /* the largest message: a link with all its properties */

struct rtnl_route {
	uint32_t ifindex;
	bool direct;
	struct steer_addr next_hop; /* the address itself when direct */
	struct steer_addr source;   /* none if the kernel does not say */
	uint32_t mtu_bytes;	    /* 0: the link's */
};

struct rtnl_link {
	uint32_t vlan_of; /* ifindex of the device below; 0: it is no VLAN */
	uint8_t mac[6];
	uint32_t mtu_bytes;
};

int rtnl_open(struct mnl_socket **ret_socket);

/* The route to an address. Return: 0, -ENETUNREACH, or what the kernel answered. */
int rtnl_get_route(struct mnl_socket *socket, const struct steer_addr *addr,
		   struct rtnl_route *ret_route);

/* Return: 0, -ENODEV, -EOPNOTSUPP if it has no Ethernet address. */
int rtnl_get_link(struct mnl_socket *socket, uint32_t ifindex, struct rtnl_link *ret_link);

/* Return: 0, -ENOENT if the entry has no usable MAC (incomplete, failed, none). */
int rtnl_get_neighbour(struct mnl_socket *socket, uint32_t ifindex, const struct steer_addr *addr,
		       uint8_t ret_mac[6]);

/* Ask the kernel to resolve a neighbour. */
int rtnl_resolve(struct mnl_socket *socket, uint32_t ifindex, const struct steer_addr *addr);

/* The neighbour an RTM_NEWNEIGH or RTM_DELNEIGH message is about. Return: 0, -EINVAL. */
int rtnl_parse_neighbour(const struct nlmsghdr *message, uint32_t *ret_ifindex,
			 struct steer_addr *ret_addr);

#endif
