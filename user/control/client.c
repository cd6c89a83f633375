// SPDX-License-Identifier: GPL-2.0
#include "control/client.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include "cleanup.h"
#include "control/message.h"

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static int open_socket(const char *path, int timeout_ms, int *ret_fd)
{
	/* A connect() to a full backlog blocks and cannot be polled; the timeout limits it. */
	struct timeval timeout = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	_cleanup_(cleanup_close) int fd = -1;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)))
		return -errno;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return errno == EAGAIN ? -ETIMEDOUT : -errno;

	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int wait_for(int fd, short events, int64_t deadline_ms)
{
	struct pollfd pollfd = { .fd = fd, .events = events };
	int64_t left_ms;
	int n;

	do {
		left_ms = deadline_ms - now_ms();
		n = poll(&pollfd, 1, left_ms > 0 ? left_ms : 0);
	} while (n < 0 && errno == EINTR);

	return n < 0 ? -errno : n == 0 ? -ETIMEDOUT : 0;
}

static int send_line(int fd, const char *line, int64_t deadline_ms)
{
	size_t left = strlen(line);
	ssize_t n;
	int r;

	while (left) {
		r = wait_for(fd, POLLOUT, deadline_ms);
		if (r < 0)
			return r;

		n = send(fd, line, left, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EPIPE)
			return 0; /* refused before all was read: the answer has the cause */
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n > 0) {
			line += n;
			left -= n;
		}
	}
	return 0;
}

/* Append what can be read to the buffer. Return: 1 at the end of a line, 0, a negative errno. */
static int receive_some(int fd, char **buffer, size_t *size, size_t *used)
{
	ssize_t n;
	char *larger;

	if (*used == *size) {
		if (*size >= CONTROL_ANSWER_MAX)
			return -EPROTO;
		larger = realloc(*buffer, *size ? *size * 4 : 4096);
		if (!larger)
			return -ENOMEM;
		*buffer = larger;
		*size = *size ? *size * 4 : 4096;
	}

	n = recv(fd, *buffer + *used, *size - *used, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;

	*used += n;
	return (*buffer)[*used - 1] == '\n';
}

static int receive_line(int fd, int64_t deadline_ms, char **ret_line, size_t *ret_length)
{
	_cleanup_(cleanup_free) char *buffer = NULL;
	size_t size = 0, used = 0;
	int r;

	do {
		r = wait_for(fd, POLLIN, deadline_ms);
		if (!r)
			r = receive_some(fd, &buffer, &size, &used);
	} while (!r);
	if (r < 0)
		return r;

	*ret_line = TAKE_PTR(buffer);
	*ret_length = used;
	return 0;
}

int control_call(const char *path, const char *command, const json_t *arguments, int timeout_ms,
		 int *ret_code, char ret_message[CONTROL_MESSAGE_MAX], json_t **ret_data)
{
	_cleanup_(cleanup_free) char *request = NULL, *answer = NULL;
	int64_t deadline_ms = now_ms() + timeout_ms;
	_cleanup_(cleanup_close) int fd = -1;
	size_t length;
	int r;

	r = control_request_format(command, arguments, &request);
	if (r < 0)
		return r;
	r = open_socket(path, timeout_ms, &fd);
	if (r < 0)
		return r;
	r = send_line(fd, request, deadline_ms);
	if (r < 0)
		return r;
	r = receive_line(fd, deadline_ms, &answer, &length);
	if (r < 0)
		return r;

	return control_answer_parse(answer, length, ret_code, ret_message, ret_data);
}
