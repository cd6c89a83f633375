// SPDX-License-Identifier: GPL-2.0
#include "neighbour/rtnl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "steer/byte_order.h"

#include "config/address.h"

#define NUD_USABLE (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY)

int rtnl_open(struct mnl_socket **ret_socket)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

	if (!socket)
		return -errno;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		int r = -errno;

		mnl_socket_close(socket);
		return r;
	}
	*ret_socket = socket;
	return 0;
}

static void put_addr(struct nlmsghdr *message, uint16_t type, const struct steer_addr *addr)
{
	if (address_is_ipv4(addr))
		mnl_attr_put(message, type, 4, &addr->word[3]);
	else
		mnl_attr_put(message, type, 16, addr->word);
}

static int get_addr(const struct nlattr *attr, struct steer_addr *ret_addr)
{
	if (mnl_attr_get_payload_len(attr) == 4) {
		*ret_addr = (struct steer_addr){ { 0, 0, htonl(0xffff),
						   (__force __be32)mnl_attr_get_u32(attr) } };
		return 0;
	}
	if (mnl_attr_get_payload_len(attr) != 16)
		return -EINVAL;
	memcpy(ret_addr, mnl_attr_get_payload(attr), sizeof(*ret_addr));
	return 0;
}

/* The next hop of another address family: IPv4 over IPv6 (RFC 8950). */
static int get_via(const struct nlattr *attr, struct steer_addr *ret_addr)
{
	const struct rtvia *via = mnl_attr_get_payload(attr);

	if (mnl_attr_get_payload_len(attr) != sizeof(*via) + sizeof(*ret_addr) ||
	    via->rtvia_family != AF_INET6)
		return -EINVAL;
	memcpy(ret_addr, via->rtvia_addr, sizeof(*ret_addr));
	return 0;
}

/* An attribute that is too short for its type counts as absent: 0. */
static uint32_t get_u32(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) < sizeof(uint32_t) ? 0 : mnl_attr_get_u32(attr);
}

static uint8_t family_of(const struct steer_addr *addr)
{
	return address_is_ipv4(addr) ? AF_INET : AF_INET6;
}

/* How to parse the reply to a request. */
struct reply {
	mnl_cb_t parse;
	void *result;
	size_t least_bytes; /* of its payload */
	bool parsed;
};

static int on_reply(const struct nlmsghdr *message, void *data)
{
	struct reply *reply = data;

	if (mnl_nlmsg_get_payload_len(message) < reply->least_bytes) {
		errno = EBADMSG;
		return MNL_CB_ERROR;
	}
	reply->parsed = true;
	return reply->parse(message, reply->result);
}

/* Send a request and parse its one reply; without @parse, wait for the acknowledgement. */
static int request(struct mnl_socket *socket, struct nlmsghdr *message, size_t least_bytes,
		   mnl_cb_t parse, void *result)
{
	struct reply reply = { parse, result, least_bytes, false };
	static uint32_t sequence;
	char buffer[RTNL_MESSAGE_BYTES];
	ssize_t length;
	int r;

	message->nlmsg_seq = ++sequence;
	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		return -errno;
	do {
		length = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
		if (length < 0)
			return -errno;
		r = mnl_cb_run(buffer, length, message->nlmsg_seq, mnl_socket_get_portid(socket),
			       parse ? on_reply : NULL, &reply);
		if (r < 0)
			return errno > 0 ? -errno : -EBADMSG; /* libmnl sets it from the reply */
		/* A reply comes alone; an acknowledgement ends a request without a reply. */
	} while (r == MNL_CB_OK && !parse);
	return parse && !reply.parsed ? -EBADMSG : 0;
}

static int parse_route(const struct nlmsghdr *message, void *data)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(message);
	struct rtnl_route *result = data;
	const struct nlattr *attr, *metric;

	if (message->nlmsg_type != RTM_NEWROUTE || route->rtm_type != RTN_UNICAST) {
		errno = ENETUNREACH;
		return MNL_CB_ERROR;
	}
	mnl_attr_for_each(attr, message, sizeof(*route))
	{
		switch (mnl_attr_get_type(attr)) {
		case RTA_OIF:
			result->ifindex = get_u32(attr);
			break;
		case RTA_GATEWAY:
			result->direct = get_addr(attr, &result->next_hop) < 0;
			break;
		case RTA_VIA:
			result->direct = get_via(attr, &result->next_hop) < 0;
			break;
		case RTA_PREFSRC:
			get_addr(attr, &result->source);
			break;
		case RTA_METRICS:
			mnl_attr_for_each_nested(metric, attr)
			{
				if (mnl_attr_get_type(metric) == RTAX_MTU)
					result->mtu_bytes = get_u32(metric);
			}
			break;
		}
	}
	return MNL_CB_OK;
}

int rtnl_get_route(struct mnl_socket *socket, const struct steer_addr *addr,
		   struct rtnl_route *ret_route)
{
	struct rtnl_route result = { .direct = true, .next_hop = *addr };
	char buffer[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct rtmsg *route;
	int r;

	message->nlmsg_type = RTM_GETROUTE;
	message->nlmsg_flags = NLM_F_REQUEST;
	route = mnl_nlmsg_put_extra_header(message, sizeof(*route));
	route->rtm_family = family_of(addr);
	route->rtm_dst_len = address_is_ipv4(addr) ? 32 : 128;
	put_addr(message, RTA_DST, addr);
	r = request(socket, message, sizeof(*route), parse_route, &result);
	if (r < 0)
		return r;
	*ret_route = result;
	return 0;
}

static enum rtnl_kind kind_of(const struct nlattr *link_info)
{
	static const struct {
		const char *name;
		enum rtnl_kind kind;
	} kinds[] = {
		{ "vlan", RTNL_KIND_VLAN },
		{ "macvlan", RTNL_KIND_MACVLAN },
		{ "bridge", RTNL_KIND_BRIDGE },
	};
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, link_info)
	{
		if (mnl_attr_get_type(attr) != IFLA_INFO_KIND)
			continue;
		for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
			if (mnl_attr_get_payload_len(attr) == strlen(kinds[i].name) + 1 &&
			    !strcmp(mnl_attr_get_payload(attr), kinds[i].name))
				return kinds[i].kind;
	}
	return RTNL_KIND_OTHER;
}

static int parse_link(const struct nlmsghdr *message, void *data)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	struct rtnl_link *result = data;
	const struct nlattr *attr;
	bool has_mac = false;
	uint32_t below = 0;

	result->ifindex = info->ifi_index;
	mnl_attr_for_each(attr, message, sizeof(*info))
	{
		if (mnl_attr_get_type(attr) == IFLA_MTU) {
			result->mtu_bytes = get_u32(attr);
		} else if (mnl_attr_get_type(attr) == IFLA_LINK) {
			below = get_u32(attr);
		} else if (mnl_attr_get_type(attr) == IFLA_MASTER) {
			result->master = get_u32(attr);
		} else if (mnl_attr_get_type(attr) == IFLA_LINKINFO) {
			result->kind = kind_of(attr);
		} else if (mnl_attr_get_type(attr) == IFLA_ADDRESS &&
			   mnl_attr_get_payload_len(attr) == sizeof(result->mac)) {
			memcpy(result->mac, mnl_attr_get_payload(attr), sizeof(result->mac));
			has_mac = info->ifi_type == ARPHRD_ETHER;
		}
	}
	if (!has_mac) {
		errno = EOPNOTSUPP;
		return MNL_CB_ERROR;
	}
	/* Of a veth it is the other end. */
	if (result->kind == RTNL_KIND_VLAN || result->kind == RTNL_KIND_MACVLAN)
		result->below = below;
	return MNL_CB_OK;
}

struct list {
	rtnl_link_fn link;
	void *context;
};

static int on_listed(const struct nlmsghdr *message, void *data)
{
	const struct list *list = data;
	struct rtnl_link link = {};

	if (mnl_nlmsg_get_payload_len(message) >= sizeof(struct ifinfomsg) &&
	    parse_link(message, &link) == MNL_CB_OK)
		list->link(list->context, &link);
	return MNL_CB_OK;
}

int rtnl_list_links(struct mnl_socket *socket, rtnl_link_fn link, void *context)
{
	char buffer[RTNL_MESSAGE_BYTES];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct list list = { link, context };
	const uint32_t sequence = 1U << 31; /* those of request() count from 1 */
	ssize_t length;
	int r = MNL_CB_OK;

	message->nlmsg_type = RTM_GETLINK;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->nlmsg_seq = sequence;
	mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		return -errno;
	while (r == MNL_CB_OK) {
		length = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
		if (length < 0)
			return -errno;
		r = mnl_cb_run(buffer, length, sequence, mnl_socket_get_portid(socket), on_listed,
			       &list);
	}
	return r < 0 ? -errno : 0;
}

int rtnl_get_link(struct mnl_socket *socket, uint32_t ifindex, struct rtnl_link *ret_link)
{
	char buffer[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct rtnl_link result = {};
	struct ifinfomsg *info;
	int r;

	message->nlmsg_type = RTM_GETLINK;
	message->nlmsg_flags = NLM_F_REQUEST;
	info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
	info->ifi_index = ifindex;
	r = request(socket, message, sizeof(*info), parse_link, &result);
	if (r < 0)
		return r;
	*ret_link = result;
	return 0;
}

static int parse_mac(const struct nlmsghdr *message, void *data)
{
	const struct ndmsg *entry = mnl_nlmsg_get_payload(message);
	const struct nlattr *attr;

	if (entry->ndm_state & NUD_USABLE) {
		mnl_attr_for_each(attr, message, sizeof(*entry))
		{
			if (mnl_attr_get_type(attr) == NDA_LLADDR &&
			    mnl_attr_get_payload_len(attr) == 6) {
				memcpy(data, mnl_attr_get_payload(attr), 6);
				return MNL_CB_OK;
			}
		}
	}
	errno = ENOENT;
	return MNL_CB_ERROR;
}

static struct nlmsghdr *neighbour_request(char *buffer, uint16_t type, uint16_t flags,
					  uint32_t ifindex, const struct steer_addr *addr,
					  uint8_t neighbour_flags)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ndmsg *entry;

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	entry = mnl_nlmsg_put_extra_header(message, sizeof(*entry));
	entry->ndm_family = family_of(addr);
	entry->ndm_ifindex = ifindex;
	entry->ndm_flags = neighbour_flags;
	put_addr(message, NDA_DST, addr);
	return message;
}

int rtnl_get_neighbour(struct mnl_socket *socket, uint32_t ifindex, const struct steer_addr *addr,
		       uint8_t ret_mac[6])
{
	char buffer[MNL_SOCKET_BUFFER_SIZE];
	uint8_t mac[6];
	int r;

	r = request(socket, neighbour_request(buffer, RTM_GETNEIGH, 0, ifindex, addr, 0),
		    sizeof(struct ndmsg), parse_mac, mac);
	if (r < 0)
		return r;
	memcpy(ret_mac, mac, sizeof(mac));
	return 0;
}

int rtnl_resolve(struct mnl_socket *socket, uint32_t ifindex, const struct steer_addr *addr)
{
	char buffer[MNL_SOCKET_BUFFER_SIZE];

	return request(socket,
		       neighbour_request(buffer, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_ACK, ifindex,
					 addr, NTF_USE),
		       0, NULL, NULL);
}

int rtnl_parse_neighbour(const struct nlmsghdr *message, uint32_t *ret_ifindex,
			 struct steer_addr *ret_addr)
{
	const struct ndmsg *entry = mnl_nlmsg_get_payload(message);
	const struct nlattr *attr;

	mnl_attr_for_each(attr, message, sizeof(*entry))
	{
		if (mnl_attr_get_type(attr) != NDA_DST || get_addr(attr, ret_addr) < 0)
			continue;
		*ret_ifindex = entry->ndm_ifindex;
		return 0;
	}
	return -EINVAL;
}
