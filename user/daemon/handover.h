/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_HANDOVER_H
#define STEER_DAEMON_HANDOVER_H

#include <jansson.h>

#include "control/message.h"
#include "daemon/daemon.h"

/**
 * handover - make another member of an active-passive pool the active one, by order.
 * @move: false: say whether it could be done, and change nothing
 * @cause: for the journal
 * @ret_data: a new reference: pool, node, from, term, ready_s, moved, waiting_for (peers that do
 * not follow yet)
 * @ret_message: why not, and what to do
 *
 * It is no error if the member is the active one already: asking again tells who follows.
 *
 * Return: 0, -EINVAL.
 */
int handover(struct daemon *daemon, struct pool *pool, const struct cluster_node *to, bool move,
	     const char *cause, json_t **ret_data, char ret_message[CONTROL_MESSAGE_MAX]);

#endif
