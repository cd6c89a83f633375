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
 *
 * One that is gone keeps its MAC: it may come back. One that was renamed is followed.
 */
void own_interfaces_refresh(struct daemon *daemon);

/* neighbour_links_fn: this host may answer for other MACs than before. */
void own_interfaces_links_changed(void *context);

/* Whether interface @i was deleted, and is not there again. */
bool own_interfaces_is_gone(const struct daemon *daemon, size_t i);

/**
 * own_interfaces_attach_again - attach the program to interface @i if it was made anew.
 *
 * Return: 0 if it was, and the program runs there; -ENODEV if it was not; another negative errno.
 */
int own_interfaces_attach_again(struct daemon *daemon, size_t i);

/* The devices that next hops are on have changed. */
void own_interfaces_write_devs(struct daemon *daemon);

#endif
