/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_TABLES_H
#define STEER_DAEMON_TABLES_H

#include "daemon/daemon.h"

/**
 * DOC: the forwarding tables of all pools: built from a configuration, stored where the program
 * finds them, and what of the tables before is remembered in them.
 */

/**
 * tables_store - build and store the tables of a configuration that is to take effect.
 *
 * Also gives members that are new to a pool their first state.
 *
 * Return: 0, or a negative errno with @ret_error filled in.
 */
int tables_store(struct daemon *daemon, const struct cluster *cluster,
		 const struct slots *pool_slots, char ret_error[512]);

/**
 * tables_forget - no longer remember who left the rows.
 *
 * Return: 0 or a negative errno; what could not be rewritten is what it was.
 */
int tables_forget(struct daemon *daemon);

/* A number for "all tables of this node", in the order of the configuration. */
uint64_t tables_digest(const struct daemon *daemon);

#endif
