/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONTROL_CONNECTION_H
#define STEER_CONTROL_CONNECTION_H

#include <systemd/sd-event.h>

#include "control/server.h"

/**
 * DOC: one client of the control socket: whatever it does, it disturbs nobody else.
 *
 * Nothing blocks. One request is carried out per turn of the event loop, and the next one only
 * after its answer has left: a connection holds at most one request and one answer. A client has a
 * time to send a whole request and the same time to take the answer; single bytes do not prolong
 * it. One that waits for news has the time it asked for; if it goes away meanwhile, that is seen.
 */
struct control_connection;

/* Below the rest of the daemon: a flood of requests must not delay a probe. */
#define CONTROL_PRIORITY (SD_EVENT_PRIORITY_NORMAL + 10)

/**
 * control_connection_new - take over an accepted socket.
 * @fd: non-blocking; the connection's from here on, closed on failure too
 * @idle_us: time for a request, and for an answer
 * @n_waiting: how many connections wait, all that share it; kept up to date
 * @slot: where the connection is kept; set to NULL when it closes itself
 *
 * Return: 0, -ENOMEM or another negative errno.
 */
int control_connection_new(sd_event *event, int fd, uint64_t idle_us, control_handler_fn handler,
			   void *context, size_t *n_waiting, struct control_connection **slot);
/* If a request waits, carry it out anew on the event loop's next turns. */
void control_connection_wake(struct control_connection *connection);

void control_connection_free(struct control_connection *connection);

#endif
