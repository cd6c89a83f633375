/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONTROL_PEER_H
#define STEER_CONTROL_PEER_H

#include "control/server.h"

/**
 * control_peer_get - who is at the other end of a socket.
 * @fd: stays open for as long as the peer is asked for
 *
 * Return: 0 or a negative errno.
 */
int control_peer_get(int fd, struct control_peer *ret_peer);

#endif
