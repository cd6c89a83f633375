/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONTROL_PEER_H
#define STEER_CONTROL_PEER_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * DOC: the credentials of a client of the control socket.
 */

struct control_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
	int fd;	       /* the socket, for the peer's supplementary groups; -1: none */
	bool may_wait; /* the handler may return CONTROL_LATER */
	bool again;    /* it has done so: the request waits, and is not to be carried out twice */
};

/**
 * control_peer_get - read the credentials of a connected client (SO_PEERCRED).
 * @fd: the connected socket; must stay open while control_peer_is_in() is used
 * @ret_peer: process, user and group of the client
 *
 * Return: 0 or a negative errno.
 */
int control_peer_get(int fd, struct control_peer *ret_peer);

/**
 * control_peer_is_in - find whether a client is in a group.
 *
 * The kernel keeps the groups that the process had when it connected (SO_PEERGROUPS). No user
 * database is queried, which might block.
 */
bool control_peer_is_in(const struct control_peer *peer, gid_t group);

#endif
