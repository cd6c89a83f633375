/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_PORTS_H
#define STEER_DAEMON_PORTS_H

#include "daemon/daemon.h"

/**
 * DOC: this node's own interfaces: their MACs, by which the program knows which frames are for us,
 * and the devices it may redirect to.
 */

/**
 * ports_refresh - look at the interfaces again; write what changed since.
 * Return: 0; a negative errno if an interface is gone or is no Ethernet, the others being in place.
 */
int ports_refresh(struct daemon *daemon);

/* The devices that ways lead over have changed. */
void ports_write_devs(struct daemon *daemon);

#endif
