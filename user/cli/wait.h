/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLI_WAIT_H
#define STEER_CLI_WAIT_H

#include "cli/cli.h"

/**
 * DOC: commands that wait until all live peers act on what they do ("waiting_for" of the answer).
 */

/* The option --wait of a command on an object; 0 without it. Return: 0; -EINVAL after saying so. */
int wait_parse(const struct cli *cli, const char *object, json_int_t *ret_wait_ms);

/**
 * wait_ask - ask until nobody is waited for, or the time is over.
 * @arguments: gets another "wait_ms"
 * @ret_data: as of cli_call()
 *
 * The daemon answers when all act on it; or before, if too many wait for something already.
 */
enum cli_exit wait_ask(const struct cli *cli, const char *command, json_t *arguments,
		       json_int_t wait_ms, json_t **ret_data);

/* The names of those who are waited for, to be freed; NULL: nobody. */
char *wait_missing(const json_t *data);

#endif
