/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONTROL_SERVER_H
#define STEER_CONTROL_SERVER_H

#include <stdint.h>
#include <systemd/sd-event.h>

#include "control/handler.h"
#include "control/limits.h"

/**
 * DOC: the server of the control socket, in the daemon.
 *
 * One request per line, one answer per line, both JSON objects (RFC 8259):
 *   {"schema":1,"command":"node.drain","arguments":{"node":"n1"}}
 *   {"schema":1,"code":0,"message":"…","data":{…}}
 * "code" is the exit code of the command line (0 ok, 1 failed, 5 degraded); "message" says in words
 * what failed. A client that sends an invalid request, too much (64 KiB) or nothing (10 s) gets an
 * error as answer and is closed. At most 32 clients are connected at once. The socket has mode
 * 0660, and SO_PEERCRED identifies the client to the handler.
 *
 * A request with the argument "wait_ms" may be answered later, after a change. It is stored and
 * executed again at every control_server_wake(), so a waiting client costs the memory of one
 * request and blocks nothing. At most half of the clients may wait; requests of the others are
 * answered at once, so that there is always a connection for a request.
 */
struct control_server;

/**
 * control_server_new - listen on the control socket.
 * @event: the event loop
 * @path: of the socket, at most 107 bytes; the socket of a daemon that died is replaced
 * @handler: executes commands, with @context
 * @ret_server: free with control_server_free()
 *
 * This does not exclude two daemons that start at the same instant; the lock of datapath_open()
 * does, so take that first.
 *
 * Return: 0; -EADDRINUSE if a running daemon accepts connections on the path; -ENOTSOCK if the path
 * is no socket; -ENAMETOOLONG; another negative errno.
 */
int control_server_new(sd_event *event, const char *path, control_handler_fn handler, void *context,
		       struct control_server **ret_server);

/* Execute waiting requests again soon, after a change. NULL is fine. */
void control_server_wake(struct control_server *server);

/* Close all clients and remove the socket. NULL is fine. */
void control_server_free(struct control_server *server);

/*
 * Set the time limit for a request and for an answer, for later clients. The default is
 * CONTROL_IDLE_MS.
 */
void control_server_set_idle(struct control_server *server, uint64_t idle_ms);

#endif
