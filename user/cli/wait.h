/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLI_WAIT_H
#define STEER_CLI_WAIT_H

#include "cli/cli.h"

/**
 * DOC: Commands that wait until all live peers act on them ("waiting_for" in the answer).
 */

/* Parses --wait; 0 ms without it. @object names the command in errors. Return: 0; -EINVAL,
 * reported. */
int wait_parse(const struct cli *cli, const char *object, json_int_t *ret_wait_ms);

/**
 * wait_ask - repeat a request until "waiting_for" is empty or the time is over.
 * @arguments: "wait_ms" is set in it
 * @ret_data: see cli_call()
 *
 * The daemon answers when all live peers act on the request. It answers earlier if too many clients
 * wait already; hence the repetition.
 */
enum cli_exit wait_ask(const struct cli *cli, const char *command, json_t *arguments,
		       json_int_t wait_ms, json_t **ret_data);

/* The names in "waiting_for", separated by commas, to be freed; NULL if it is empty. */
char *wait_missing(const json_t *data);

#endif
