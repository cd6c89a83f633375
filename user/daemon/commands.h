/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_COMMANDS_H
#define STEER_DAEMON_COMMANDS_H

#include "control/message.h"
#include "control/server.h"

/**
 * DOC: what can be asked of the daemon over the control socket; docs/control.md lists it.
 */

/* control_handler_fn; the context is the struct daemon. */
int commands_handle(void *context, const struct control_peer *peer, const char *command,
		    const json_t *arguments, json_t **ret_data,
		    char ret_message[CONTROL_MESSAGE_MAX]);

#endif
