/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONTROL_CLIENT_H
#define STEER_CONTROL_CLIENT_H

#include <jansson.h>

#include "control/message.h"

/**
 * DOC: the client of the control socket, for the command line.
 */

/**
 * control_call - send one command and wait for its answer.
 * @path: of the control socket
 * @command: name of the command
 * @arguments: an object or NULL; borrowed
 * @timeout_ms: limit for the whole call
 * @ret_code: the answer's code
 * @ret_message: the answer's message, empty if it has none
 * @ret_data: the answer's data, a new reference; NULL if it has none
 *
 * Return: 0 for an answer; -ENOENT, -ENOTDIR or -ECONNREFUSED if no daemon runs; -EACCES without
 * permission to use the socket; -ETIMEDOUT; -ECONNRESET if the daemon ended before it answered;
 * -EPROTO for an answer of an unknown schema; -EMSGSIZE if the request is too long; -ENAMETOOLONG
 * if the path is.
 */
int control_call(const char *path, const char *command, const json_t *arguments, int timeout_ms,
		 int *ret_code, char ret_message[CONTROL_MESSAGE_MAX], json_t **ret_data);

#endif
