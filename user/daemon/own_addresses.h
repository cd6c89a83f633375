/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_OWN_ADDRESSES_H
#define STEER_DAEMON_OWN_ADDRESSES_H

#include "config/cluster.h"
#include "control/message.h"

/**
 * DOC: the addresses that the configuration gives this node: they must be on this host.
 *
 * One file is for all nodes. A host that takes itself for another node would answer that node's
 * probes in none, and send from an address that is not its own.
 */

/**
 * own_addresses_check - whether this host has them.
 * @ret_error: which it has not, and what to do
 *
 * Return: 0; -EADDRNOTAVAIL.
 */
int own_addresses_check(const struct cluster *config, char ret_error[CONTROL_MESSAGE_MAX]);

#endif
