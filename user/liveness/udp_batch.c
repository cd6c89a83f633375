// SPDX-License-Identifier: GPL-2.0
#include "liveness/udp_batch.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/uio.h>

#include "steer/sbfd.h"

#include "cleanup.h"
#include "config/address.h"

/* For the answers of all peers at once and for garbage: a datagram of 200 bytes costs 1 KiB. */
#define BUFFER_BYTES (4 << 20)

/* As large as permitted: without CAP_NET_ADMIN the kernel's limit applies, which is no error. */
static void set_buffer(int fd, int force, int plain)
{
	int bytes = BUFFER_BYTES;

	if (setsockopt(fd, SOL_SOCKET, force, &bytes, sizeof(bytes)) < 0)
		setsockopt(fd, SOL_SOCKET, plain, &bytes, sizeof(bytes));
}

static int set_options(int fd, int family)
{
	const int ttl = STEER_SBFD_TTL, class = IPTOS_CLASS_CS6, on = 1;

	set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF);
	set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF);
	if (family == AF_INET) {
		if (setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl)) < 0 ||
		    setsockopt(fd, IPPROTO_IP, IP_TOS, &class, sizeof(class)) < 0)
			return -errno;
		return 0;
	}
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &ttl, sizeof(ttl)) < 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &class, sizeof(class)) < 0)
		return -errno;
	return 0;
}

/* Open a socket and bind it to any port. *ret_port is in network byte order. */
static int open_any(int family, int *ret_fd, in_port_t *ret_port)
{
	_cleanup_(cleanup_close) int fd = -1;
	struct sockaddr_storage name = { .ss_family = family };
	socklen_t length =
		family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	int r;

	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	r = set_options(fd, family);
	if (r < 0)
		return r;
	if (bind(fd, (struct sockaddr *)&name, length) < 0 ||
	    getsockname(fd, (struct sockaddr *)&name, &length) < 0)
		return -errno;
	/* The port has the same offset in both families. */
	*ret_port = ((struct sockaddr_in *)&name)->sin_port;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int udp_batch_open(int family, int *ret_fd)
{
	_cleanup_(cleanup_close) int refused = -1;
	in_port_t port;
	int fd, r;

	r = open_any(family, &fd, &port);
	if (r < 0)
		return r;
	if (port == htons(STEER_SBFD_PORT)) {
		/*
		 * Never this port: the own reflector would take the answers for probes. The socket
		 * stays open until there is another one, so that the kernel chooses another port.
		 */
		refused = fd;
		r = open_any(family, &fd, &port);
		if (r < 0)
			return r;
	}
	*ret_fd = fd;
	return 0;
}

union control {
	char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	struct cmsghdr align;
};

/* A host may have several addresses, and the kernel would choose the one that its route prefers. */
static void set_source(struct msghdr *header, union control *control,
		       const struct udp_batch_outgoing *outgoing)
{
	struct in6_pktinfo info6 = {};
	struct in_pktinfo info4 = {};
	struct cmsghdr *c;

	if (address_is_none(&outgoing->from))
		return;
	memset(control, 0, sizeof(*control));
	header->msg_control = control;
	header->msg_controllen = sizeof(*control);
	c = CMSG_FIRSTHDR(header);
	if (outgoing->to.ss_family == AF_INET) {
		info4.ipi_spec_dst.s_addr = outgoing->from.word[3];
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info4));
		memcpy(CMSG_DATA(c), &info4, sizeof(info4));
	} else {
		memcpy(&info6.ipi6_addr, &outgoing->from, sizeof(info6.ipi6_addr));
		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info6));
		memcpy(CMSG_DATA(c), &info6, sizeof(info6));
	}
	header->msg_controllen = CMSG_SPACE(c->cmsg_len - CMSG_LEN(0));
}

void udp_batch_send(int fd, struct udp_batch_outgoing *outgoing, size_t n)
{
	struct mmsghdr message[UDP_BATCH_MAX] = {};
	union control control[UDP_BATCH_MAX];
	struct iovec iov[UDP_BATCH_MAX];
	int sent;

	for (size_t i = 0; i < n; i++) {
		iov[i] = (struct iovec){ (void *)outgoing[i].data, outgoing[i].length };
		message[i].msg_hdr.msg_name = &outgoing[i].to;
		message[i].msg_hdr.msg_namelen = outgoing[i].to_length;
		message[i].msg_hdr.msg_iov = &iov[i];
		message[i].msg_hdr.msg_iovlen = 1;
		set_source(&message[i].msg_hdr, &control[i], &outgoing[i]);
		outgoing[i].error = 0;
	}
	/* sendmmsg() stops before a datagram that fails, and gives its error when it is first. */
	for (size_t i = 0; i < n; i += sent) {
		sent = sendmmsg(fd, message + i, n - i, MSG_DONTWAIT);
		if (sent >= 0)
			continue;
		sent = 0;
		if (errno != EINTR) {
			outgoing[i].error = fd < 0 ? -EAFNOSUPPORT : -errno;
			sent = 1;
		}
	}
}

ssize_t udp_batch_receive(int fd, struct udp_batch_incoming incoming[UDP_BATCH_MAX])
{
	struct mmsghdr message[UDP_BATCH_MAX] = {};
	struct iovec iov[UDP_BATCH_MAX];
	int n;

	for (int i = 0; i < UDP_BATCH_MAX; i++) {
		iov[i] = (struct iovec){ incoming[i].data, sizeof(incoming[i].data) };
		message[i].msg_hdr.msg_iov = &iov[i];
		message[i].msg_hdr.msg_iovlen = 1;
	}
	do
		n = recvmmsg(fd, message, UDP_BATCH_MAX, MSG_DONTWAIT, NULL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	for (int i = 0; i < n; i++)
		incoming[i].length = message[i].msg_len;
	return n;
}
