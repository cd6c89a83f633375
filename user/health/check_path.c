// SPDX-License-Identifier: GPL-2.0
#include "health/check.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "health/path_packet.h"

/**
 * DOC: checks that an agentless node answers at the VIP when packets are forwarded to it.
 *
 * A node without Steer may serve at its own address and still lack the VIP or a working tunnel. So
 * the check sends a SYN to the VIP as the XDP program forwards packets: to the node's MAC, or in
 * IP in IP. The node answers from the VIP directly to this node. SYN and ACK are success, and a
 * reset ends the half-open connection. TCP sockets cannot do this, as the VIP may be an address of
 * this node, too; a socket only reserves the source port.
 */
struct check_path {
	struct check_nexthop nexthop;
	struct path_segment syn;
	int port_fd;   /* reserves the source port */
	int packet_fd; /* receives, and sends to a MAC */
	int tunnel_fd; /* -1 without a tunnel */
	sd_event_source *source;
	check_done_fn done;
	void *context;
};

static bool is_ipv4(const struct check_path *check)
{
	return address_is_ipv4(&check->syn.source);
}

/* Reserve a free port of this node's address. */
static int take_port(struct check_path *check)
{
	struct sockaddr_storage name;
	socklen_t length = address_to_sockaddr(&check->syn.source, 0, &name);

	check->port_fd = socket(name.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (check->port_fd < 0 || bind(check->port_fd, (struct sockaddr *)&name, length) < 0 ||
	    getsockname(check->port_fd, (struct sockaddr *)&name, &length) < 0)
		return -errno;
	if (name.ss_family == AF_INET)
		check->syn.source_port = ntohs(((struct sockaddr_in *)&name)->sin_port);
	else
		check->syn.source_port = ntohs(((struct sockaddr_in6 *)&name)->sin6_port);
	return 0;
}

/* Accept TCP between the two ports; is_answer() checks the rest. */
static int set_filter(const struct check_path *check)
{
	uint32_t ports = (uint32_t)check->syn.destination_port << 16 | check->syn.source_port;
	struct sock_filter ipv4[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 4),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ports, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_filter ipv6[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 40),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ports, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog filter = {
		.len = is_ipv4(check) ? sizeof(ipv4) / sizeof(*ipv4) : sizeof(ipv6) / sizeof(*ipv6),
		.filter = is_ipv4(check) ? ipv4 : ipv6,
	};

	return setsockopt(check->packet_fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) <
			       0
		       ? -errno
		       : 0;
}

static int open_packets(struct check_path *check)
{
	__be16 protocol = htons(is_ipv4(check) ? ETH_P_IP : ETH_P_IPV6);
	struct sockaddr_ll name = { .sll_family = AF_PACKET, .sll_protocol = protocol };
	int r;

	/* Bound after the filter is set, so that no other packet is queued. */
	check->packet_fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (check->packet_fd < 0)
		return -errno;
	r = set_filter(check);
	if (r < 0)
		return r;
	return bind(check->packet_fd, (struct sockaddr *)&name, sizeof(name)) < 0 ? -errno : 0;
}

static int open_tunnel(struct check_path *check)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog filter = { .len = 1, .filter = &nothing };
	int family = address_is_ipv4(&check->nexthop.address) ? AF_INET : AF_INET6;

	check->tunnel_fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
				  is_ipv4(check) ? IPPROTO_IPIP : IPPROTO_IPV6);
	if (check->tunnel_fd < 0 ||
	    setsockopt(check->tunnel_fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0)
		return -errno;
	return 0;
}

static int send_segment(const struct check_path *check, const struct path_segment *segment)
{
	uint8_t packet[PATH_PACKET_MAX];
	size_t bytes = path_packet_build(segment, packet);
	struct sockaddr_storage node;
	struct sockaddr_ll mac = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(is_ipv4(check) ? ETH_P_IP : ETH_P_IPV6),
		.sll_ifindex = (int)check->nexthop.ifindex,
		.sll_halen = sizeof(check->nexthop.mac),
	};
	ssize_t sent;

	if (check->nexthop.tunnel) {
		socklen_t length = address_to_sockaddr(&check->nexthop.address, 0, &node);

		sent = sendto(check->tunnel_fd, packet, bytes, 0, (struct sockaddr *)&node, length);
	} else {
		memcpy(mac.sll_addr, check->nexthop.mac, sizeof(check->nexthop.mac));
		sent = sendto(check->packet_fd, packet, bytes, 0, (struct sockaddr *)&mac,
			      sizeof(mac));
	}
	return sent < 0 ? -errno : 0;
}

/* End the node's half-open connection, so that it does not repeat its answer. */
static void send_reset(const struct check_path *check)
{
	struct path_segment reset = check->syn;

	reset.sequence++;
	reset.flags = PATH_RST;
	send_segment(check, &reset);
}

static bool is_answer(const struct check_path *check, const struct path_segment *segment)
{
	return address_equal(&segment->source, &check->syn.destination) &&
	       address_equal(&segment->destination, &check->syn.source) &&
	       segment->acknowledgement == check->syn.sequence + 1 &&
	       segment->flags & (PATH_SYN | PATH_RST);
}

static int on_packet(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	struct check_path *check = context;
	struct sockaddr_ll from = {};
	socklen_t length = sizeof(from);
	struct path_segment segment;
	uint8_t packet[256];
	ssize_t bytes = recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &length);

	(void)source;
	(void)revents;
	if (bytes < 0 || from.sll_pkttype == PACKET_OUTGOING ||
	    path_packet_parse(packet, (size_t)bytes, &segment) < 0 || !is_answer(check, &segment))
		return 0;
	if (segment.flags & PATH_RST) {
		check->done(check->context, strerror(ECONNREFUSED));
		return 0;
	}
	send_reset(check);
	check->done(check->context, NULL);
	return 0;
}

static void cleanup_check(struct check_path **check)
{
	check_path_free(*check);
}

int check_path_start(sd_event *event, const struct check_target *target,
		     const struct check_nexthop *nexthop, check_done_fn done, void *context,
		     struct check_path **ret_check)
{
	_cleanup_(cleanup_check) struct check_path *check = calloc(1, sizeof(*check));
	int r;

	if (!check)
		return -ENOMEM;
	*check = (struct check_path){
		.nexthop = *nexthop,
		.syn = { .source = target->source,
			 .destination = target->address,
			 .destination_port = target->port,
			 .flags = PATH_SYN },
		.port_fd = -1,
		.packet_fd = -1,
		.tunnel_fd = -1,
		.done = done,
		.context = context,
	};
	if (getrandom(&check->syn.sequence, sizeof(check->syn.sequence), 0) < 0)
		return -errno;
	r = take_port(check);
	if (r == 0)
		r = open_packets(check);
	if (r == 0 && nexthop->tunnel)
		r = open_tunnel(check);
	if (r == 0)
		r = sd_event_add_io(event, &check->source, check->packet_fd, EPOLLIN, on_packet,
				    check);
	if (r >= 0)
		r = send_segment(check, &check->syn);
	if (r < 0)
		return r;
	*ret_check = TAKE_PTR(check);
	return 0;
}

void check_path_free(struct check_path *check)
{
	if (!check)
		return;
	sd_event_source_disable_unref(check->source);
	cleanup_close(&check->port_fd);
	cleanup_close(&check->packet_fd);
	cleanup_close(&check->tunnel_fd);
	free(check);
}
