/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_REPORT_H
#define TESTS_REPORT_H

#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include "echo.h"

/* A traffic generator's Unix socket: whoever connects is told, in one JSON object, what it saw. */

static inline struct sockaddr_un report_address(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	return address;
}

static inline int report_listen(const char *path)
{
	struct sockaddr_un address = report_address(path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 8))
		die(path);
	return fd;
}

/* To whoever has connected. Takes the object. */
static inline void report_give(int listener, json_t *object)
{
	int fd = accept(listener, NULL, NULL);
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "w");

	if (stream) {
		json_dumpf(object, stream, JSON_COMPACT);
		fputc('\n', stream);
		fclose(stream);
	}
	json_decref(object);
}

/* The other side: prints it. Return: the exit status. */
static inline int report_print(const char *path)
{
	struct sockaddr_un address = report_address(path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char buffer[4096];
	ssize_t n;

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die(address.sun_path);
	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		fwrite(buffer, 1, (size_t)n, stdout);
	return n < 0;
}

#endif
