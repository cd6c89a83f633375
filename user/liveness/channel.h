/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_LIVENESS_CHANNEL_H
#define STEER_LIVENESS_CHANNEL_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/**
 * DOC: the UDP socket of one address family that probes leave by, and datagrams in batches.
 */
#define CHANNEL_BATCH 32

struct channel_outgoing {
	struct sockaddr_storage to;
	socklen_t to_length;
	const void *data;
	size_t length;
	int error; /* set by channel_send(): 0, or the negative errno of this datagram */
};

struct channel_incoming {
	unsigned char data[256]; /* longer ones are cut */
	size_t length;
	int ttl; /* or hop limit, as it arrived; -1: not told */
};

/**
 * channel_open - a non-blocking socket on a port of the kernel's choice, TTL 255.
 * @family: AF_INET or AF_INET6
 *
 * Return: 0, or a negative errno; -EAFNOSUPPORT if the kernel does without this family.
 */
int channel_open(int family, int *ret_fd);

/*
 * Send up to CHANNEL_BATCH datagrams; one that fails does not keep the others from leaving.
 * fd -1: all fail with -EAFNOSUPPORT.
 */
void channel_send(int fd, struct channel_outgoing *outgoing, size_t n);

/* Receive up to CHANNEL_BATCH datagrams. Return: how many, 0 if none wait, or a negative errno. */
ssize_t channel_receive(int fd, struct channel_incoming incoming[CHANNEL_BATCH]);

#endif
