/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONTROL_CLIENT_H
#define STEER_CONTROL_CLIENT_H

#include <jansson.h>

/**
 * DOC: the command line's end of the control socket.
 */

/**
 * control_call - send one command, wait for its answer.
 * @arguments: an object or NULL; borrowed
 * @timeout_ms: for all of it
 * @ret_code: the answer's code
 * @ret_message: the answer's message, empty if none
 * @ret_data: the answer's data, a new reference; NULL if none
 *
 * Return: 0 when there is an answer; -ENOENT, -ENOTDIR or -ECONNREFUSED (no daemon), -EACCES (not
 * allowed to use the socket), -ETIMEDOUT, -ECONNRESET (the daemon went away while we waited),
 * -EPROTO (not an answer of a known schema), -EMSGSIZE (request too long), -ENAMETOOLONG (path).
 */
int control_call(const char *path, const char *command, const json_t *arguments, int timeout_ms,
		 int *ret_code, char ret_message[512], json_t **ret_data);

#endif
