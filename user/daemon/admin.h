/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_ADMIN_H
#define STEER_DAEMON_ADMIN_H

#include "steer/sbfd.h"

/**
 * DOC: what an operator wants of this node, kept in a file: a drained node that reboots stays
 * drained.
 */

/* "active", "draining", "maintenance". */
const char *admin_name(enum steer_admin admin);

/* STEER_ADMIN_ACTIVE if nothing is recorded. Return: 0, or a negative errno for an unreadable file.
 */
int admin_load(const char *state_dir, enum steer_admin *ret_admin);

/* Replaces the file as a whole. Return: 0 or a negative errno. */
int admin_save(const char *state_dir, enum steer_admin admin);

#endif
