// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: how long until what somebody asks of steerd, or tells it, has its effect.
 *
 * effect state SOCKET PINS NODE ID SLOT TIMES: drain the node, activate it, so many times; until
 * the program reads the other byte in the pool's states.
 *
 * effect health PORT PINS ID SLOT TIMES: be what the node's HTTP check asks on the loopback, answer
 * badly, then well, so many times; from the answer until the program reads the other byte. The
 * check is to believe one answer.
 *
 * effect reload SOCKET PROCESS: hang up; until the daemon answers with its next generation.
 *
 * Prints milliseconds as JSON: {"drain": […], "activate": […]}, {"bad": […], "good": […]}, or a
 * number.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include "clock.h"
#include "control/client.h"
#include "datapath/datapath.h"

#define WAIT_NS 120000000000LL
#define CALL_MS 60000
#define PAUSE_US 500
#define POLL_US 10
#define ASKED_MS 10000 /* until the check asks again */

static int fail(const char *what, int error)
{
	fprintf(stderr, "effect: %s: %s\n", what, strerror(error < 0 ? -error : error));
	return 1;
}

static int say_times(const char *first, const char *second, json_t *times[2])
{
	json_dumpf(json_pack("{s:o, s:o}", first, times[0], second, times[1]), stdout,
		   JSON_COMPACT | JSON_REAL_PRECISION(6));
	putchar('\n');
	return 0;
}

static double ms_since(long long start_ns)
{
	return (double)(clock_now_ns() - start_ns) / 1e6;
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	return fd;
}

/* Looks again and again. */
static int await_serving(struct datapath *datapath, unsigned int id, unsigned int slot,
			 bool serving, long long start_ns)
{
	while (!(datapath_get_state(datapath, slot, id) & STEER_STATE_SERVING) == serving)
		if (clock_now_ns() - start_ns > WAIT_NS || usleep(POLL_US))
			return -ETIMEDOUT;
	return 0;
}

/* Whether the node serves is in its byte before the answer is written: so the byte is looked at,
 * and only then the answer. */
static int time_change(int fd, struct datapath *datapath, const char *command, const char *node,
		       unsigned int id, unsigned int slot, double *ret_ms)
{
	bool serving = strcmp(command, "node.activate") == 0;
	char line[4096];
	long long start_ns;
	ssize_t n;

	n = snprintf(line, sizeof(line),
		     "{\"schema\":1,\"command\":\"%s\",\"arguments\":{\"node\":\"%s\"}}\n", command,
		     node);
	start_ns = clock_now_ns();
	if (send(fd, line, (size_t)n, MSG_NOSIGNAL) != n)
		return -EPIPE;
	if (await_serving(datapath, id, slot, serving, start_ns) < 0)
		return -ETIMEDOUT;
	*ret_ms = ms_since(start_ns);
	n = recv(fd, line, sizeof(line) - 1, 0);
	if (n <= 0)
		return -ECONNRESET;
	line[n] = '\0';
	return strstr(line, "\"code\":0") ? 0 : -EPROTO;
}

static int cmd_state(int argc, char **argv)
{
	const char *commands[] = { "node.drain", "node.activate" };
	json_t *times[] = { json_array(), json_array() };
	struct datapath_options options = {};
	struct datapath_error error = {};
	struct datapath *datapath;
	int fd, r = 0;
	double ms = 0;

	if (argc != 6)
		return fail("state", EINVAL);
	options.pin_root = argv[1];
	fd = connect_to(argv[0]);
	if (fd < 0)
		return fail(argv[0], fd);
	prctl(PR_SET_TIMERSLACK, 1);
	if (datapath_open_pinned(&options, &datapath, &error) < 0)
		return fail(error.text, ENOENT);
	for (long i = 0; i < 2 * strtol(argv[5], NULL, 10) && r == 0; i++) {
		r = time_change(fd, datapath, commands[i % 2], argv[2], strtoul(argv[3], NULL, 10),
				strtoul(argv[4], NULL, 10), &ms);
		json_array_append_new(times[i % 2], json_real(ms));
		usleep(PAUSE_US);
	}
	datapath_close(datapath);
	close(fd);
	if (r < 0)
		return fail("state", r);
	return say_times("drain", "activate", times);
}

static int listen_on(unsigned int port)
{
	struct sockaddr_in6 address = {
		.sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
		.sin6_port = htons(port),
	};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 8))
		return -errno;
	return fd;
}

/* Return: when it was answered, ns, or a negative errno. */
static long long answer_check(int listener, bool well)
{
	const char *answer = well ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
				  : "HTTP/1.1 500 Bad\r\nContent-Length: 0\r\n\r\n";
	struct pollfd asked = { .fd = listener, .events = POLLIN };
	char request[4096];
	long long now_ns;
	int fd, r = 0;

	if (poll(&asked, 1, ASKED_MS) <= 0)
		return -ETIMEDOUT;
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (recv(fd, request, sizeof(request), 0) <= 0)
		r = -ECONNRESET;
	now_ns = clock_now_ns();
	if (r == 0 && send(fd, answer, strlen(answer), MSG_NOSIGNAL) < 0)
		r = -errno;
	close(fd);
	return r < 0 ? r : now_ns;
}

static int time_verdict(int listener, struct datapath *datapath, bool well, unsigned int id,
			unsigned int slot, double *ret_ms)
{
	long long start_ns = answer_check(listener, well);
	int r;

	if (start_ns < 0)
		return (int)start_ns;
	r = await_serving(datapath, id, slot, well, start_ns);
	if (r == 0)
		*ret_ms = ms_since(start_ns);
	return r;
}

static int cmd_health(int argc, char **argv)
{
	json_t *times[] = { json_array(), json_array() };
	struct datapath_options options = {};
	struct datapath_error error = {};
	struct datapath *datapath;
	unsigned int id, slot;
	double ms = 0;
	int fd, r;

	if (argc != 5)
		return fail("health", EINVAL);
	options.pin_root = argv[1];
	id = strtoul(argv[2], NULL, 10);
	slot = strtoul(argv[3], NULL, 10);
	fd = listen_on(strtoul(argv[0], NULL, 10));
	if (fd < 0)
		return fail(argv[0], fd);
	prctl(PR_SET_TIMERSLACK, 1);
	if (datapath_open_pinned(&options, &datapath, &error) < 0)
		return fail(error.text, ENOENT);
	/* So far there was nobody to answer it. */
	r = time_verdict(fd, datapath, true, id, slot, &ms);
	for (long i = 0; i < 2 * strtol(argv[4], NULL, 10) && r == 0; i++) {
		r = time_verdict(fd, datapath, i % 2, id, slot, &ms);
		json_array_append_new(times[i % 2], json_real(ms));
	}
	datapath_close(datapath);
	close(fd);
	if (r < 0)
		return fail("health", r);
	return say_times("bad", "good", times);
}

/* Return: the generation, or a negative errno; -EBADMSG if the last reload was refused. */
static long long get_generation(const char *path)
{
	json_t *data = NULL, *error;
	char message[512];
	long long generation;
	int code, r;

	r = control_call(path, "status", NULL, CALL_MS, &code, message, &data);
	if (r < 0)
		return r;
	generation = json_integer_value(json_object_get(data, "generation"));
	error = json_object_get(json_object_get(data, "config"), "error");
	if (!json_is_null(error)) {
		fprintf(stderr, "effect: reload: %s\n", json_string_value(error));
		generation = -EBADMSG;
	}
	json_decref(data);
	return generation;
}

static int cmd_reload(int argc, char **argv)
{
	long long before, now, start_ns;
	double ms;

	if (argc != 2)
		return fail("reload", EINVAL);
	before = get_generation(argv[0]);
	if (before < 0)
		return fail(argv[0], (int)before);
	start_ns = clock_now_ns();
	if (kill((pid_t)strtol(argv[1], NULL, 10), SIGHUP))
		return fail("kill", errno);
	do {
		now = get_generation(argv[0]);
		ms = ms_since(start_ns);
		if (now < 0)
			return fail(argv[0], (int)now);
		if (ms > WAIT_NS / 1e6)
			return fail("reload", ETIMEDOUT);
		usleep(PAUSE_US);
	} while (now <= before);
	printf("%.2f\n", ms);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "state") == 0)
		return cmd_state(argc - 2, argv + 2);
	if (argc > 1 && strcmp(argv[1], "health") == 0)
		return cmd_health(argc - 2, argv + 2);
	if (argc > 1 && strcmp(argv[1], "reload") == 0)
		return cmd_reload(argc - 2, argv + 2);
	fprintf(stderr, "usage: effect state SOCKET PINS NODE ID SLOT TIMES | "
			"health PORT PINS ID SLOT TIMES | reload SOCKET PROCESS\n");
	return 2;
}
