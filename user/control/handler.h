/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONTROL_HANDLER_H
#define STEER_CONTROL_HANDLER_H

#include <jansson.h>

#include "control/message.h"
#include "control/peer.h"

/**
 * DOC: the interface between the control socket and the commands of the daemon.
 */

/* Returned by a handler instead of a code: execute the request again after a change. */
#define CONTROL_LATER (-1)

/**
 * control_handler_fn - execute one command.
 * @context: of control_server_new()
 * @peer: the client
 * @command: name of the command
 * @arguments: an object, perhaps empty; borrowed
 * @ret_data: the answer's data (an object), a new reference; or left unchanged for none
 * @ret_message: what failed, in words ("object: cause; remedy"); empty on entry
 *
 * Return: the code; CONTROL_LATER if the peer may wait and nothing has changed yet.
 */
typedef int (*control_handler_fn)(void *context, const struct control_peer *peer,
				  const char *command, const json_t *arguments, json_t **ret_data,
				  char ret_message[CONTROL_MESSAGE_MAX]);

#endif
