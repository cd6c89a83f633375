/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONTROL_PEER_H
#define STEER_CONTROL_PEER_H

#include "control/server.h"

/**
 * DOC: the credentials of a client of the control socket.
 */

/**
 * control_peer_get - read the credentials of a connected client (SO_PEERCRED).
 * @fd: the connected socket; must stay open while control_peer_is_in() is used
 * @ret_peer: process, user and group of the client
 *
 * Return: 0 or a negative errno.
 */
int control_peer_get(int fd, struct control_peer *ret_peer);

#endif
