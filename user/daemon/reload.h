/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_RELOAD_H
#define STEER_DAEMON_RELOAD_H

#include "control/message.h"
#include "daemon/daemon.h"

/**
 * DOC: a configuration takes effect, step by step: a table of what to do, how to undo it, and what
 * to say when it fails.
 *
 * What a packet needs is there before what leads to it: states, tables, then services; what nothing
 * leads to any more is removed last. So a reload loses no packet, and pools that did not change are
 * not touched.
 */

/**
 * reload_apply - make a configuration the one in effect.
 * @config: owned by daemon->state if it is in effect afterwards (state.config), also on failure;
 *	else the caller's
 * @ret_error: what is wrong and what to do, on failure
 *
 * Return: 0; -EINVAL if the change needs a restart, -ENOSPC, -ENOMEM or what a map answered.
 */
int reload_apply(struct daemon *daemon, struct cluster *config,
		 char ret_error[CONTROL_MESSAGE_MAX]);

#endif
