/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_LIVENESS_UDP_BATCH_H
#define STEER_LIVENESS_UDP_BATCH_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "steer/maps.h"

/**
 * DOC: the UDP socket of one address family from which probes are sent, in batches of datagrams.
 */
#define UDP_BATCH_MAX 32

struct udp_batch_outgoing {
	struct sockaddr_storage to;
	socklen_t to_length;
	struct steer_addr from; /* of the same family; all zero: the kernel chooses */
	const void *data;
	size_t length;
	int error; /* set by udp_batch_send(): 0, or the negative errno of this datagram */
};

struct udp_batch_incoming {
	unsigned char data[256]; /* longer ones are cut */
	size_t length;
};

/**
 * udp_batch_open - open a non-blocking socket with TTL 255 on a port that the kernel chooses.
 * @family: AF_INET or AF_INET6
 * @ret_fd: the socket
 *
 * Return: 0 or a negative errno; -EAFNOSUPPORT if the kernel does not support the family.
 */
int udp_batch_open(int family, int *ret_fd);

/*
 * Send up to UDP_BATCH_MAX datagrams. A datagram that fails does not keep the others from being
 * sent. With fd -1 all fail with -EAFNOSUPPORT.
 */
void udp_batch_send(int fd, struct udp_batch_outgoing *outgoing, size_t n);

/* Receive up to UDP_BATCH_MAX datagrams. Return: their number, 0 if none waits; negative errno. */
ssize_t udp_batch_receive(int fd, struct udp_batch_incoming incoming[UDP_BATCH_MAX]);

#endif
