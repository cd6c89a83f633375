// SPDX-License-Identifier: GPL-2.0
#include "health/check.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"

struct check_tcp {
	int fd;
	int error; /* of connect() itself */
	sd_event_source *source;
	check_done_fn done;
	void *context;
};

int check_bind_vip(int fd, const struct check_target *target)
{
	struct sockaddr_storage name;
	socklen_t length = address_to_sockaddr(&target->address, 0, &name);
	int on = 1;

	/* connect() chooses the port, so that connections to other targets can share it. */
	if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&name, length) < 0)
		return -errno;
	return 0;
}

/*
 * From an address to itself, the kernel may choose the destination port as source port. If no
 * socket listens there, TCP's simultaneous open connects the socket to itself (RFC 9293, 3.5).
 */
static bool is_self_connected(int fd)
{
	struct sockaddr_storage here = {}, there = {};
	socklen_t here_length = sizeof(here), there_length = sizeof(there);

	return getsockname(fd, (struct sockaddr *)&here, &here_length) == 0 &&
	       getpeername(fd, (struct sockaddr *)&there, &there_length) == 0 &&
	       here_length == there_length && !memcmp(&here, &there, here_length);
}

static void conclude(struct check_tcp *check)
{
	socklen_t length = sizeof(check->error);
	const char *failure = NULL;
	check_done_fn done = check->done;

	if (!check->error)
		getsockopt(check->fd, SOL_SOCKET, SO_ERROR, &check->error, &length);
	if (check->error == EADDRNOTAVAIL)
		failure = "the address is not configured on this host";
	else if (check->error)
		failure = strerror(check->error);
	else if (is_self_connected(check->fd))
		failure = strerror(ECONNREFUSED);
	done(check->context, failure);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	(void)source;
	(void)fd;
	(void)revents;
	conclude(context);
	return 0;
}

static int on_defer(sd_event_source *source, void *context)
{
	(void)source;
	conclude(context);
	return 0;
}

static void cleanup_check(struct check_tcp **check)
{
	check_tcp_free(*check);
}

int check_tcp_start(sd_event *event, const struct check_target *target, check_done_fn done,
		    void *context, struct check_tcp **ret_check)
{
	_cleanup_(cleanup_check) struct check_tcp *check = NULL;
	struct sockaddr_storage name;
	socklen_t length = address_to_sockaddr(&target->address, target->port, &name);
	int r;

	check = calloc(1, sizeof(*check));
	if (!check)
		return -ENOMEM;
	check->done = done;
	check->context = context;
	check->fd = socket(name.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (check->fd < 0)
		return -errno;
	if (target->is_vip)
		check->error = -check_bind_vip(check->fd, target);
	if (!check->error && connect(check->fd, (struct sockaddr *)&name, length) < 0 &&
	    errno != EINPROGRESS)
		check->error = errno;
	if (check->error)
		r = sd_event_add_defer(event, &check->source, on_defer, check);
	else
		r = sd_event_add_io(event, &check->source, check->fd, EPOLLOUT, on_io, check);
	if (r < 0)
		return r;
	/* One result, even if the callback does not free the attempt. */
	r = sd_event_source_set_enabled(check->source, SD_EVENT_ONESHOT);
	if (r < 0)
		return r;
	*ret_check = TAKE_PTR(check);
	return 0;
}

void check_tcp_free(struct check_tcp *check)
{
	if (!check)
		return;
	sd_event_source_disable_unref(check->source);
	cleanup_close(&check->fd);
	free(check);
}
