/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_NEIGHBOUR_RTNL_H
#define STEER_NEIGHBOUR_RTNL_H

#include <stdbool.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#include "steer/maps.h"

/**
 * DOC: requests to rtnetlink with one reply each.
 *
 * Every function waits for the kernel's reply, which comes at once. The socket belongs to the
 * caller and has no subscriptions. Functions return 0 or a negative errno: what the kernel replied,
 * -EBADMSG for a malformed reply, and what else each of them says.
 */
#define RTNL_MESSAGE_BYTES 32768 /* the largest message: a link with all its properties */

struct rtnl_route {
	uint32_t ifindex;
	bool direct;
	struct steer_addr next_hop; /* the destination itself if direct */
	struct steer_addr source;   /* all zero if the reply has none */
	uint32_t mtu_bytes;	    /* 0: that of the link */
};

enum rtnl_kind {
	RTNL_KIND_OTHER,
	RTNL_KIND_VLAN,
	RTNL_KIND_MACVLAN,
	RTNL_KIND_BRIDGE,
};

struct rtnl_link {
	enum rtnl_kind kind;
	uint32_t ifindex;
	uint32_t below;	 /* ifindex of the device below, of a VLAN or macvlan; 0: none */
	uint32_t master; /* ifindex of the bridge or bond that it is a port of; 0: none */
	uint8_t mac[6];
	uint32_t mtu_bytes;
};

int rtnl_open(struct mnl_socket **ret_socket);

/* The route to an address. Return: also -ENETUNREACH if there is no unicast route. */
int rtnl_get_route(struct mnl_socket *socket, const struct steer_addr *addr,
		   struct rtnl_route *ret_route);

/* Return: also -ENODEV, and -EOPNOTSUPP if the link has no Ethernet address. */
int rtnl_get_link(struct mnl_socket *socket, uint32_t ifindex, struct rtnl_link *ret_link);

/* All links with an Ethernet address, one by one. */
typedef void (*rtnl_link_fn)(void *context, const struct rtnl_link *link);
int rtnl_list_links(struct mnl_socket *socket, rtnl_link_fn link, void *context);

/* Return: also -ENOENT if the entry has no usable MAC (incomplete, failed, none). */
int rtnl_get_neighbour(struct mnl_socket *socket, uint32_t ifindex, const struct steer_addr *addr,
		       uint8_t ret_mac[6]);

/* Ask the kernel to resolve a neighbour, by ARP or neighbour discovery (NTF_USE). */
int rtnl_resolve(struct mnl_socket *socket, uint32_t ifindex, const struct steer_addr *addr);

/* The neighbour of an RTM_NEWNEIGH or RTM_DELNEIGH message. Return: 0, -EINVAL. */
int rtnl_parse_neighbour(const struct nlmsghdr *message, uint32_t *ret_ifindex,
			 struct steer_addr *ret_addr);

#endif
