// SPDX-License-Identifier: GPL-2.0
#include "control/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"
#include "control/connection.h"
#include "control/message.h"

#define ACCEPTS_PER_SECOND 256

struct control_server {
	sd_event *event;
	sd_event_source *io;
	int fd;
	struct sockaddr_un addr;
	struct stat bound; /* the socket this server created; all zero: none */
	control_handler_fn handler;
	void *context;
	uint64_t idle_us;
	size_t n_waiting;
	struct control_connection *connections[CONTROL_CLIENTS_MAX];
};

static void cleanup_server(struct control_server **server)
{
	control_server_free(*server);
}

void control_server_free(struct control_server *server)
{
	struct stat now;

	if (!server)
		return;

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		control_connection_free(server->connections[i]);
	sd_event_source_disable_unref(server->io);

	/* Not the socket of a daemon that was started since. */
	if (server->bound.st_ino && !lstat(server->addr.sun_path, &now) &&
	    now.st_ino == server->bound.st_ino && now.st_dev == server->bound.st_dev)
		unlink(server->addr.sun_path);
	if (server->fd >= 0)
		close(server->fd);
	sd_event_unref(server->event);
	free(server);
}

/* Send a reason and close. Best effort: it never blocks. */
static void turn_away(int fd, const char *reason)
{
	_cleanup_(cleanup_free) char *line = NULL;

	if (!control_answer_format(1, reason, NULL, &line))
		(void)!send(fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

static int on_accept(sd_event_source *source, int listener, uint32_t revents, void *userdata)
{
	struct control_server *server = userdata;
	int fd;

	(void)source;
	(void)revents;
	fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return 0; /* the client is gone, or no descriptor is free: the rate limit helps */

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		if (!server->connections[i]) {
			control_connection_new(server->event, fd, server->idle_us, server->handler,
					       server->context, &server->n_waiting,
					       &server->connections[i]);
			return 0;
		}
	}

	turn_away(fd, "too many clients at once; try again");
	return 0;
}

/* Remove the socket of a daemon that died; never that of a running one, nor another file. */
static int remove_stale(const struct sockaddr_un *addr)
{
	_cleanup_(cleanup_close) int fd = -1;
	struct stat st;

	if (lstat(addr->sun_path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -ENOTSOCK;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;

	/* EAGAIN: the backlog is full, so the daemon runs. */
	if (!connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) || errno == EAGAIN)
		return -EADDRINUSE;
	if (errno != ECONNREFUSED)
		return -errno;

	return unlink(addr->sun_path) && errno != ENOENT ? -errno : 0;
}

static int open_socket(struct control_server *server)
{
	const char *path = server->addr.sun_path;
	int r;

	r = remove_stale(&server->addr);
	if (r < 0)
		return r;

	server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server->fd < 0)
		return -errno;

	/* Before bind(), so that the mode is never wider; after it, against a narrower umask. */
	if (fchmod(server->fd, 0660))
		return -errno;
	if (bind(server->fd, (struct sockaddr *)&server->addr, sizeof(server->addr)))
		return -errno;
	if (lstat(path, &server->bound) || chmod(path, 0660))
		return -errno;

	return listen(server->fd, CONTROL_CLIENTS_MAX) ? -errno : 0;
}

static int watch(struct control_server *server)
{
	int r;

	r = sd_event_add_io(server->event, &server->io, server->fd, EPOLLIN, on_accept, server);
	if (r < 0)
		return r;
	r = sd_event_source_set_priority(server->io, CONTROL_PRIORITY);
	if (r < 0)
		return r;
	return sd_event_source_set_ratelimit(server->io, 1000000, ACCEPTS_PER_SECOND);
}

int control_server_new(sd_event *event, const char *path, control_handler_fn handler, void *context,
		       struct control_server **ret_server)
{
	_cleanup_(cleanup_server) struct control_server *server = NULL;
	int r;

	if (strlen(path) >= sizeof(server->addr.sun_path))
		return -ENAMETOOLONG;

	server = malloc(sizeof(*server));
	if (!server)
		return -ENOMEM;

	*server = (struct control_server){
		.event = sd_event_ref(event),
		.fd = -1,
		.addr = { .sun_family = AF_UNIX },
		.handler = handler,
		.context = context,
		.idle_us = CONTROL_IDLE_MS * 1000ULL,
	};
	strcpy(server->addr.sun_path, path);

	r = open_socket(server);
	if (r < 0)
		return r;
	r = watch(server);
	if (r < 0)
		return r;

	*ret_server = TAKE_PTR(server);
	return 0;
}

void control_server_wake(struct control_server *server)
{
	if (!server || !server->n_waiting)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (server->connections[i])
			control_connection_wake(server->connections[i]);
}

void control_server_set_idle(struct control_server *server, uint64_t idle_ms)
{
	server->idle_us = idle_ms * 1000;
}
