// SPDX-License-Identifier: GPL-2.0
#include "control/connection.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "control/limits.h"
#include "control/message.h"
#include "control/peer.h"

struct control_connection {
	struct control_connection **slot;
	int fd;
	struct control_peer peer;
	control_handler_fn handler;
	void *context;
	uint64_t idle_us;
	size_t *n_waiting;
	sd_event_source *io;
	sd_event_source *timer;
	struct control_request waiting; /* its root is NULL: no request waits */
	bool ended;			/* the client sent end of file */
	bool closing;			/* after this answer */
	char *out;			/* the answer being sent, or NULL */
	size_t out_bytes;
	size_t out_sent;
	size_t in_bytes;
	char in[CONTROL_REQUEST_MAX];
};

static void stop_waiting(struct control_connection *connection)
{
	*connection->n_waiting -= !!connection->waiting.root;
	control_request_clear(&connection->waiting);
}

void control_connection_free(struct control_connection *connection)
{
	if (!connection)
		return;

	stop_waiting(connection);
	*connection->slot = NULL;
	sd_event_source_disable_unref(connection->io);
	sd_event_source_disable_unref(connection->timer);
	close(connection->fd);
	free(connection->out);
	free(connection);
}

static int restart_timer(struct control_connection *connection)
{
	return sd_event_source_set_time_relative(connection->timer, connection->idle_us);
}

static int queue_answer(struct control_connection *connection, int code, const char *message,
			const json_t *data)
{
	int r;

	r = control_answer_format(code, message, data, &connection->out);
	if (r < 0)
		return r;

	connection->out_bytes = strlen(connection->out);
	connection->out_sent = 0;
	return restart_timer(connection);
}

static int refuse(struct control_connection *connection, const char *reason)
{
	connection->closing = true;
	return queue_answer(connection, 1, reason, NULL);
}

static int receive(struct control_connection *connection)
{
	ssize_t n;

	n = recv(connection->fd, connection->in + connection->in_bytes,
		 sizeof(connection->in) - connection->in_bytes, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;

	connection->in_bytes += n;
	connection->ended = n == 0;
	return 0;
}

static size_t line_length(const struct control_connection *connection)
{
	const char *newline = memchr(connection->in, '\n', connection->in_bytes);

	return newline ? newline + 1 - connection->in : 0;
}

/* How long a request may wait for a change, in ms; 0: not at all. */
static int64_t wait_ms_of(const struct control_connection *connection,
			  const struct control_request *request)
{
	int64_t wait_ms = json_integer_value(json_object_get(request->arguments, "wait_ms"));

	if (wait_ms <= 0 || *connection->n_waiting >= CONTROL_WAITING_MAX)
		return 0;
	return wait_ms < CONTROL_WAIT_MAX_MS ? wait_ms : CONTROL_WAIT_MAX_MS;
}

/* Call the handler. Return: 0 if the answer is queued, 1 if the request waits, a negative errno. */
static int execute(struct control_connection *connection, const struct control_request *request,
		   bool may_wait)
{
	_cleanup_(cleanup_json) json_t *data = NULL;
	char message[CONTROL_MESSAGE_MAX] = "";
	int code;

	connection->peer.may_wait = may_wait;
	code = connection->handler(connection->context, &connection->peer, request->command,
				   request->arguments, &data, message);
	if (code == CONTROL_LATER && may_wait)
		return 1;
	return queue_answer(connection, code, message, data);
}

static int execute_line(struct control_connection *connection, const char *line, size_t length)
{
	_cleanup_(control_request_clear) struct control_request request = {};
	char reason[CONTROL_MESSAGE_MAX];
	int64_t wait_ms;
	int r;

	r = control_request_parse(line, length, &request, reason);
	if (r == -EBADMSG)
		return refuse(connection, reason);
	if (r < 0)
		return r;

	wait_ms = wait_ms_of(connection, &request);
	r = execute(connection, &request, wait_ms > 0);
	if (r <= 0)
		return r;
	connection->waiting = request;
	request = (struct control_request){};
	++*connection->n_waiting;
	return sd_event_source_set_time_relative(connection->timer, wait_ms * 1000);
}

/* Execute the waiting request again; with @may_wait false, as its time has expired. */
static int execute_waiting(struct control_connection *connection, bool may_wait)
{
	int r;

	connection->peer.again = true;
	r = execute(connection, &connection->waiting, may_wait);
	connection->peer.again = false;
	if (r > 0)
		return 0;
	stop_waiting(connection);
	return r;
}

/* Execute the first complete request, or refuse what cannot become one. */
static int serve(struct control_connection *connection)
{
	size_t length = line_length(connection);
	int r;

	if (length) {
		r = execute_line(connection, connection->in, length - 1);
		connection->in_bytes -= length;
		memmove(connection->in, connection->in + length, connection->in_bytes);
		return r;
	}

	if (connection->in_bytes == sizeof(connection->in))
		return refuse(connection, "the request is too long: 65536 bytes at most");
	if (connection->ended && connection->in_bytes)
		return refuse(connection, "the request has no newline at its end: not carried out");

	connection->closing = connection->ended;
	return 0;
}

static int send_answer(struct control_connection *connection)
{
	ssize_t n;

	n = send(connection->fd, connection->out + connection->out_sent,
		 connection->out_bytes - connection->out_sent, MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;

	connection->out_sent += n;
	if (connection->out_sent < connection->out_bytes)
		return 0;

	free(TAKE_PTR(connection->out));
	return restart_timer(connection);
}

/* Set the events that the connection waits for. */
static int set_io_events(struct control_connection *connection)
{
	uint32_t events = EPOLLIN;

	/* EPOLLHUP is always reported. */
	if (connection->waiting.root)
		events = 0;
	/* There is work without further input: continue when the client can take an answer. */
	else if (connection->out || connection->ended || line_length(connection))
		events = EPOLLOUT;
	return sd_event_source_set_io_events(connection->io, events);
}

static int advance(struct control_connection *connection)
{
	int r = 0;

	if (connection->waiting.root)
		r = execute_waiting(connection, true);
	else if (!connection->out && !connection->ended && !line_length(connection))
		r = receive(connection);
	if (!r && !connection->out && !connection->waiting.root)
		r = serve(connection);
	if (!r && connection->out)
		r = send_answer(connection);
	if (r < 0)
		return r;
	if (connection->closing && !connection->out)
		return -ESHUTDOWN;
	return set_io_events(connection);
}

void control_connection_wake(struct control_connection *connection)
{
	/* On the event loop, in turn with other requests, and once for several changes. */
	if (connection->waiting.root)
		sd_event_source_set_io_events(connection->io, EPOLLOUT);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct control_connection *connection = userdata;
	bool gone = connection->waiting.root && revents & (EPOLLHUP | EPOLLERR);

	(void)source;
	(void)fd;
	if (gone || advance(connection) < 0)
		control_connection_free(connection);
	return 0;
}

static int end_wait(struct control_connection *connection)
{
	int r = execute_waiting(connection, false);

	if (!r && connection->out)
		r = send_answer(connection);
	return r < 0 ? r : set_io_events(connection);
}

static int on_timer(sd_event_source *source, uint64_t now_us, void *userdata)
{
	struct control_connection *connection = userdata;
	char reason[64];

	(void)source;
	(void)now_us;
	if (connection->waiting.root) {
		if (end_wait(connection) < 0)
			control_connection_free(connection);
		return 0;
	}
	if (!connection->out) {
		snprintf(reason, sizeof(reason), "no request came within %.3g s",
			 connection->idle_us / 1e6);
		if (!refuse(connection, reason))
			send_answer(connection);
	}
	control_connection_free(connection);
	return 0;
}

static int watch(struct control_connection *connection, sd_event *event)
{
	int r;

	r = sd_event_add_io(event, &connection->io, connection->fd, EPOLLIN, on_io, connection);
	if (r < 0)
		return r;
	r = sd_event_add_time_relative(event, &connection->timer, CLOCK_MONOTONIC,
				       connection->idle_us, 0, on_timer, connection);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(connection->timer, SD_EVENT_ON);
	if (r < 0)
		return r;
	r = sd_event_source_set_priority(connection->io, CONTROL_PRIORITY);
	if (r < 0)
		return r;
	return sd_event_source_set_priority(connection->timer, CONTROL_PRIORITY);
}

int control_connection_new(sd_event *event, int fd, uint64_t idle_us, control_handler_fn handler,
			   void *context, size_t *n_waiting, struct control_connection **slot)
{
	struct control_connection *connection;
	int r;

	connection = calloc(1, sizeof(*connection));
	if (!connection) {
		close(fd);
		return -ENOMEM;
	}

	connection->slot = slot;
	connection->fd = fd;
	connection->handler = handler;
	connection->context = context;
	connection->idle_us = idle_us;
	connection->n_waiting = n_waiting;
	*slot = connection;

	r = control_peer_get(fd, &connection->peer);
	if (r >= 0)
		r = watch(connection, event);
	if (r < 0) {
		control_connection_free(connection);
		return r;
	}
	return 0;
}
