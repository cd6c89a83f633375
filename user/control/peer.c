// SPDX-License-Identifier: GPL-2.0
#include "control/peer.h"

#include <errno.h>
#include <sys/socket.h>

#include "cleanup.h"

int control_peer_get(int fd, struct control_peer *ret_peer)
{
	struct ucred ucred;
	socklen_t length = sizeof(ucred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &ucred, &length))
		return -errno;

	*ret_peer = (struct control_peer){
		.pid = ucred.pid, .uid = ucred.uid, .gid = ucred.gid, .fd = fd
	};
	return 0;
}

/* The peer's supplementary groups. Return: their number; 0 for none and without memory. */
static size_t get_groups(int fd, gid_t **ret_groups)
{
	socklen_t length = 0;

	/* Get the length. */
	if (!getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &length) || errno != ERANGE)
		return 0;
	*ret_groups = malloc(length);
	if (!*ret_groups || getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, *ret_groups, &length))
		return 0;
	return length / sizeof(**ret_groups);
}

bool control_peer_is_in(const struct control_peer *peer, gid_t group)
{
	_cleanup_(cleanup_free) gid_t *groups = NULL;
	size_t n;

	if (peer->gid == group)
		return true;
	n = get_groups(peer->fd, &groups);
	for (size_t i = 0; i < n; i++)
		if (groups[i] == group)
			return true;
	return false;
}
