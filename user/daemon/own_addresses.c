// SPDX-License-Identifier: GPL-2.0
#include "daemon/own_addresses.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "config/address.h"

static void free_addresses(struct ifaddrs **list)
{
	freeifaddrs(*list);
}

static bool is_addr(const struct sockaddr *name, const struct steer_addr *addr)
{
	struct sockaddr_storage wanted;

	address_to_sockaddr(addr, 0, &wanted);
	if (!name || name->sa_family != wanted.ss_family)
		return false;
	if (name->sa_family == AF_INET)
		return ((const struct sockaddr_in *)name)->sin_addr.s_addr ==
		       ((struct sockaddr_in *)&wanted)->sin_addr.s_addr;
	return !memcmp(&((const struct sockaddr_in6 *)name)->sin6_addr,
		       &((struct sockaddr_in6 *)&wanted)->sin6_addr, sizeof(struct in6_addr));
}

static bool is_here(const struct ifaddrs *list, const struct steer_addr *addr)
{
	for (; list; list = list->ifa_next)
		if (is_addr(list->ifa_addr, addr))
			return true;
	return address_is_none(addr);
}

int own_addresses_check(const struct cluster *config, char ret_error[CONTROL_MESSAGE_MAX])
{
	const struct cluster_node *self = &config->nodes[config->self];
	const struct steer_addr *addrs[] = { &self->addr4, &self->addr6 };
	_cleanup_(free_addresses) struct ifaddrs *list = NULL;
	char text[ADDRESS_TEXT_MAX];

	/* Without a list there is no definite no: probes will say what is wrong. */
	if (getifaddrs(&list) < 0)
		return 0;
	for (size_t i = 0; i < 2; i++) {
		if (is_here(list, addrs[i]))
			continue;
		snprintf(ret_error, CONTROL_MESSAGE_MAX,
			 "node %s: its address %s is not on this host; give the name of this "
			 "host's node with --node, or add the address to an interface",
			 self->name, address_format(addrs[i], text));
		return -EADDRNOTAVAIL;
	}
	return 0;
}
