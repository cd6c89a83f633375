/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_ADMIN_FILE_H
#define STEER_DAEMON_ADMIN_FILE_H

#include "steer/sbfd.h"

/**
 * DOC: the admin state that an operator ordered, of this node and of agentless ones, in a file
 * each: a drained node stays drained when this one reboots.
 *
 * @node: the name of an agentless node, NULL for this one
 */

/* STEER_ADMIN_ACTIVE if nothing is recorded. Return: 0, or a negative errno for an unreadable file.
 */
int admin_file_load(const char *state_dir, const char *node, enum steer_admin *ret_admin);

/* Replaces the file as a whole. Return: 0 or a negative errno. */
int admin_file_save(const char *state_dir, const char *node, enum steer_admin admin);

#endif
