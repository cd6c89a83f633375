/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_STORE_TABLES_H
#define STEER_DAEMON_STORE_TABLES_H

#include "control/message.h"
#include "daemon/daemon.h"

/**
 * DOC: the forwarding tables of all pools in the maps, as cluster/table_spec.h and
 * cluster/table_sharing.h want them.
 */

/**
 * store_tables - build and store the tables of the configuration to come (state.next).
 *
 * Publishes each pool's prepared states before its table.
 *
 * Return: 0, or a negative errno with @ret_error filled in.
 */
int store_tables(struct daemon *daemon, char ret_error[CONTROL_MESSAGE_MAX]);

/**
 * store_tables_forget - drop the nodes that left the tables from the fallback nodes of the rows.
 *
 * Return: 0 or a negative errno; what could not be rewritten is what it was.
 */
int store_tables_forget(struct daemon *daemon);

#endif
