// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: an echo server that says who it is.
 *
 *   echo NAME ADDRESS PORT [ADDRESS PORT]...
 *
 * Returns every message with its name behind it, over TCP and over UDP. One thread and epoll.
 */
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <unistd.h>

#include "echo.h"

enum peer_kind { PEER_LISTENER, PEER_DATAGRAM, PEER_STREAM };

struct peer {
	enum peer_kind kind;
	int fd;
	size_t have;   /* bytes of a message that is not complete yet */
	size_t unsent; /* of the answer before; nothing is received meanwhile */
	bool full;     /* we are waiting for room to send it */
	struct echo_answer answer;
};

static void peer_new(int epoll, enum peer_kind kind, int fd, const char *name)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	if (!peer)
		die("memory");
	peer->kind = kind;
	peer->fd = fd;
	strncpy(peer->answer.name, name, ECHO_NAME_BYTES - 1);
	epoll_add(epoll, fd, EPOLLIN, peer);
}

/* For as much as comes while others have the CPU. */
static void server_room(int fd)
{
	const int bytes = 4 << 20;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

static void server_listen(int epoll, const char *name, const struct endpoint *endpoint, int type)
{
	const int one = 1;
	int fd = socket(endpoint->address.ss_family, type | SOCK_NONBLOCK, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, (const struct sockaddr *)&endpoint->address, endpoint->length) ||
	    (type == SOCK_STREAM && listen(fd, 4096)))
		die("listen");
	if (type == SOCK_DGRAM)
		server_room(fd);
	peer_new(epoll, type == SOCK_STREAM ? PEER_LISTENER : PEER_DATAGRAM, fd, name);
}

static void server_accept(int epoll, const struct peer *listener)
{
	const int one = 1;
	int fd;

	while ((fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		peer_new(epoll, PEER_STREAM, fd, listener->answer.name);
	}
}

static void server_datagram(struct peer *peer)
{
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);

	if (recvfrom(peer->fd, &peer->answer.echo, sizeof(peer->answer.echo), 0,
		     (struct sockaddr *)&from, &length) == (ssize_t)sizeof(peer->answer.echo))
		sendto(peer->fd, &peer->answer, sizeof(peer->answer), 0, (struct sockaddr *)&from,
		       length);
}

/* Return: whether the connection goes on. */
static bool server_answer(struct peer *peer)
{
	const char *end = (const char *)(&peer->answer + 1);
	ssize_t n = send(peer->fd, end - peer->unsent, peer->unsent, MSG_NOSIGNAL);

	if (n > 0)
		peer->unsent -= (size_t)n;
	return n > 0 || errno == EAGAIN;
}

/*
 * Who could not send for a while sends much at once, and its answers may not fit into our buffer.
 * Return: whether the connection goes on.
 */
static bool server_stream(struct peer *peer)
{
	for (;;) {
		ssize_t n;

		if (peer->unsent && !server_answer(peer))
			return false;
		if (peer->unsent)
			return true;
		n = recv(peer->fd, (char *)&peer->answer.echo + peer->have,
			 sizeof(peer->answer.echo) - peer->have, 0);
		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		peer->have += (size_t)n;
		if (peer->have < sizeof(peer->answer.echo))
			continue;
		peer->have = 0;
		peer->unsent = sizeof(peer->answer);
	}
}

static void server_await(int epoll, struct peer *peer)
{
	struct epoll_event event = { .events = peer->unsent ? EPOLLOUT : EPOLLIN,
				     .data.ptr = peer };

	if (peer->full == !!peer->unsent)
		return;
	peer->full = !peer->full;
	epoll_ctl(epoll, EPOLL_CTL_MOD, peer->fd, &event);
}

static void server_event(int epoll, struct peer *peer)
{
	if (peer->kind == PEER_LISTENER) {
		server_accept(epoll, peer);
	} else if (peer->kind == PEER_DATAGRAM) {
		server_datagram(peer);
	} else if (server_stream(peer)) {
		server_await(epoll, peer);
	} else {
		close(peer->fd);
		free(peer);
	}
}

int main(int argc, char **argv)
{
	const struct rlimit files = { 65536, 65536 };
	struct epoll_event events[64];
	int epoll = epoll_create1(0);

	if (argc < 4 || argc % 2) {
		fprintf(stderr, "usage: echo NAME ADDRESS PORT [ADDRESS PORT]...\n");
		return 2;
	}
	setrlimit(RLIMIT_NOFILE, &files);
	for (int i = 2; i + 1 < argc; i += 2) {
		struct endpoint endpoint = parse_endpoint(argv[i], argv[i + 1]);

		server_listen(epoll, argv[1], &endpoint, SOCK_STREAM);
		server_listen(epoll, argv[1], &endpoint, SOCK_DGRAM);
	}
	for (;;) {
		int n = epoll_wait(epoll, events, 64, -1);

		for (int i = 0; i < n; i++)
			server_event(epoll, events[i].data.ptr);
	}
}
