/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_OWN_INTERFACES_H
#define STEER_DAEMON_OWN_INTERFACES_H

#include "daemon/daemon.h"

/**
 * DOC: this node's own interfaces: their MACs, by which the program knows which frames are for us,
 * and the devices it may redirect to.
 */

/**
 * own_interfaces_refresh - look at the interfaces again; write what changed since.
 * Return: 0; a negative errno if an interface is gone or is no Ethernet, the others being in place.
 */
int own_interfaces_refresh(struct daemon *daemon);

/* The devices that next hops are on have changed. */
void own_interfaces_write_devs(struct daemon *daemon);

#endif
