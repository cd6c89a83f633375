/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_ECHO_H
#define TESTS_ECHO_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* What longlived and echo say to each other: a message, and its echo with the server's name. */
#define ECHO_NAME_BYTES 16

struct echo_message {
	uint64_t connection;
	uint64_t sequence;
};

struct echo_answer {
	struct echo_message echo;
	char name[ECHO_NAME_BYTES];
};
_Static_assert(sizeof(struct echo_answer) == 32, "wire layout");

struct endpoint {
	struct sockaddr_storage address;
	socklen_t length;
};

static inline __attribute__((noreturn)) void die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	exit(1);
}

static inline struct endpoint parse_endpoint(const char *address, const char *port)
{
	struct endpoint endpoint = {};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&endpoint.address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&endpoint.address;

	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)atoi(port));
		endpoint.length = sizeof(*v4);
	} else if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)atoi(port));
		endpoint.length = sizeof(*v6);
	} else {
		errno = EINVAL;
		die(address);
	}
	return endpoint;
}

static inline void epoll_add(int epoll, int fd, uint32_t events, void *pointer)
{
	struct epoll_event event = { .events = events, .data.ptr = pointer };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		die("epoll");
}

#endif
