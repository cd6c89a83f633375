/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONTROL_SERVER_H
#define STEER_CONTROL_SERVER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

/**
 * DOC: the daemon's end of the control socket.
 *
 * One request per line, one answer per line, both JSON objects (RFC 8259):
 *   {"schema":1,"command":"node.drain","arguments":{"node":"n1"}}
 *   {"schema":1,"code":0,"message":"…","data":{…}}
 * code is the exit code of the command line (0 ok, 1 failed, 5 degraded); message says in words
 * what failed. A client that sends garbage, too much (64 KiB) or nothing (10 s) is told so and
 * closed; at most 32 at once. The socket has mode 0660; SO_PEERCRED tells the handler who asks.
 *
 * A request with the argument "wait_ms" may be answered later, when there is something to say. It
 * is kept instead of answered, and carried out anew at every control_server_wake(): that costs one
 * request of memory, whatever happens meanwhile, and nobody blocks. Half of the clients may wait at
 * once; the others are answered right away, so that there always is room for who asks.
 */
#define CONTROL_SCHEMA 1
#define CONTROL_SOCKET "/run/steer/control.sock"
#define CONTROL_CLIENTS_MAX 32
#define CONTROL_WAITING_MAX (CONTROL_CLIENTS_MAX / 2)
#define CONTROL_IDLE_MS 10000
#define CONTROL_WAIT_MAX_MS 60000

/* Returned by a handler in place of a code: ask me again. */
#define CONTROL_LATER (-1)

struct control_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
	int fd;	       /* the socket, which knows the peer's other groups; -1: none */
	bool may_wait; /* CONTROL_LATER will be understood */
};

/**
 * control_peer_is_in - is who asks a member of a group?
 *
 * By the groups of the process as it connected, which the kernel remembers: no directory of users
 * is asked, which might take its time.
 */
bool control_peer_is_in(const struct control_peer *peer, gid_t group);

/**
 * control_handler_fn - carry out one command.
 * @arguments: an object, perhaps empty; borrowed
 * @ret_data: the answer's data (an object), a new reference, or left alone
 * @ret_message: what failed, in words ("object: cause; remedy"); empty on entry
 * Return: the code; CONTROL_LATER if the peer may wait and there is nothing to say yet.
 */
typedef int (*control_handler_fn)(void *context, const struct control_peer *peer,
				  const char *command, const json_t *arguments, json_t **ret_data,
				  char ret_message[512]);

struct control_server;

/**
 * control_server_new - listen.
 *
 * Return: 0; -EADDRINUSE if a living daemon answers on the path (a dead one's socket is replaced);
 * -ENOTSOCK if something else is there; -ENAMETOOLONG (107 bytes at most); another negative errno.
 * Two daemons that start in the same instant are kept apart by the lock of datapath_open(): take
 * that first.
 */
int control_server_new(sd_event *event, const char *path, control_handler_fn handler, void *context,
		       struct control_server **ret_server);

/* Something has changed: carry out anew what waits, soon. NULL is fine. */
void control_server_wake(struct control_server *server);

/* Close all clients, remove the socket. NULL is fine. */
void control_server_free(struct control_server *server);

/* How long clients that come from now on may take for a request and for an answer
 * (CONTROL_IDLE_MS). */
void control_server_set_idle(struct control_server *server, uint64_t idle_ms);

#endif
