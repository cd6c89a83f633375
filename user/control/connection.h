/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONTROL_CONNECTION_H
#define STEER_CONTROL_CONNECTION_H

#include <systemd/sd-event.h>

#include "control/handler.h"

/**
 * DOC: one client of the control socket, isolated from the others and from the rest of the daemon.
 *
 * Nothing blocks. A connection executes one request per turn of the event loop, and the next one
 * only after the answer was sent, so it stores at most one request and one answer. A client has
 * idle_us to send a whole request and the same time to read the answer; single bytes do not extend
 * it. A request that waits for a change has the time it asked for; the connection closes when its
 * client disconnects while it waits.
 */
struct control_connection;

/* Lower than the rest of the daemon: a flood of requests must not delay other events. */
#define CONTROL_PRIORITY (SD_EVENT_PRIORITY_NORMAL + 10)

/**
 * control_connection_new - serve an accepted socket.
 * @event: the event loop
 * @fd: non-blocking; the connection owns it, and closes it on failure, too
 * @idle_us: time limit for a request and for an answer
 * @handler: executes requests, with @context
 * @n_waiting: counter of waiting requests, shared by all connections
 * @slot: set to the connection, and to NULL when it closes
 *
 * Return: 0, -ENOMEM or another negative errno.
 */
int control_connection_new(sd_event *event, int fd, uint64_t idle_us, control_handler_fn handler,
			   void *context, size_t *n_waiting, struct control_connection **slot);

/* Execute the request again if one waits, in one of the event loop's next turns. */
void control_connection_wake(struct control_connection *connection);

/* Close the connection. NULL is fine. */
void control_connection_free(struct control_connection *connection);

#endif
