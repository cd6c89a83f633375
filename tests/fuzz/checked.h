/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_FUZZ_CHECKED_H
#define TESTS_FUZZ_CHECKED_H

#include "fuzz.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "health/attempt.h"
#include "health/check.h"

/**
 * DOC: one check over HTTP, the server on the loopback that it checks, and what must hold of its
 * result. What is asked for is in a byte of the input; what comes are pieces with CHECKED_NEXT
 * between them.
 */
#define CHECKED_NEEDLE 0x01 /* a body with "needle" is asked for */
#define CHECKED_STATUS(control) ((control) >> 1 & 3)
#define CHECKED_HANGS 0x08 /* the server does not end: the attempt is given up */
#define CHECKED_HOST 0x10
#define CHECKED_RESETS 0x20 /* the server ends without a goodbye */
#define CHECKED_NEXT 0x1c

#define CHECKED_SAID_MAX 262144
#define CHECKED_TURNS 1000   /* of the event loop */
#define CHECKED_TURN_US 2000 /* at most */
#define CHECKED_IDLE_TURNS 1 /* until a server that hangs is given up */

struct checked {
	sd_event *event;
	struct check_http_client *client;
	int listener;
	uint16_t port;
	/* of an attempt */
	struct check_target target;
	unsigned int results;
	bool good;
};

/* What a server does in a turn of the event loop. */
enum checked_turn {
	CHECKED_SPEAKS,
	CHECKED_WAITS, /* for the check to say something */
	CHECKED_ENDS,
};

/* @idle: turns in which both waited */
typedef enum checked_turn (*checked_turn_fn)(void *context, int fd, unsigned int idle);

static inline void checked_begin(struct checked *checked)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr = { htonl(0x7f000001) } };
	socklen_t length = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	require(sd_event_new(&checked->event) >= 0);
	require(check_http_client_new(checked->event, &checked->client) == 0);
	require(listener >= 0 && bind(listener, (struct sockaddr *)&addr, length) == 0);
	require(listen(listener, 8) == 0);
	require(getsockname(listener, (struct sockaddr *)&addr, &length) == 0);
	checked->listener = listener;
	checked->port = ntohs(addr.sin_port);
}

static inline void checked_ask(struct checked *checked, uint8_t control)
{
	static const uint16_t statuses[] = { 0, 200, 204, 404 };
	struct check_target *target = &checked->target;

	*target = (struct check_target){
		.pool = "web",
		.check = { .type = CHECK_HTTP, .path = "/healthz", .timeout_ms = 1000 },
		.address = { { 0, 0, htonl(0xffff), htonl(0x7f000001) } },
		.port = checked->port,
	};
	target->check.status = statuses[CHECKED_STATUS(control)];
	if (control & CHECKED_NEEDLE)
		strcpy(target->check.body, "needle");
	if (control & CHECKED_HOST)
		strcpy(target->check.host, "www.example");
	checked->results = 0;
	checked->good = false;
}

/* What is said of a failure can be logged and sent. */
static inline void checked_on_done(void *context, const char *failure)
{
	_cleanup_(cleanup_json) json_t *text = NULL;
	struct checked *checked = context;
	char detail[ATTEMPT_DETAIL_MAX];
	const unsigned char *c;

	checked->results++;
	checked->good = !failure;
	if (!failure)
		return;
	attempt_describe(&checked->target, failure, detail);
	text = json_string(detail);
	require(text && detail[0]);
	for (c = (const unsigned char *)detail; *c; c++)
		require(*c >= 0x20 && *c != 0x7f);
}

static inline void checked_hang_up(int *fd)
{
	const struct linger at_once = { 1, 0 }; /* nothing is to remain of so many connections */

	if (*fd < 0)
		return;
	setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(*fd);
	*fd = -1;
}

/* Until there is a result, or there is nothing more to wait for. */
static inline void checked_serve(struct checked *checked, uint8_t control, checked_turn_fn server,
				 void *context)
{
	enum checked_turn last = CHECKED_SPEAKS;
	unsigned int turn, idle = 0;
	int fd = -1;

	for (turn = 0; turn < CHECKED_TURNS && !checked->results; turn++) {
		int r = sd_event_run(checked->event, last == CHECKED_SPEAKS ? 0 : CHECKED_TURN_US);

		require(r >= 0);
		idle = last != CHECKED_SPEAKS && r == 0 ? idle + 1 : 0;
		if (last == CHECKED_ENDS && control & CHECKED_HANGS && idle >= CHECKED_IDLE_TURNS)
			break;
		if (fd < 0) {
			fd = accept4(checked->listener, NULL, NULL, SOCK_CLOEXEC);
			continue;
		}
		if (last == CHECKED_ENDS)
			continue;
		last = server(context, fd, idle);
		if (last == CHECKED_ENDS && control & CHECKED_RESETS)
			checked_hang_up(&fd);
		else if (last == CHECKED_ENDS && !(control & CHECKED_HANGS))
			shutdown(fd, SHUT_WR);
	}
	require(turn < CHECKED_TURNS);
	checked_hang_up(&fd);
}

/* One attempt; all that it has opened is closed, but for what the event loop has from the first. */
static inline void checked_run(struct checked *checked, uint8_t control, checked_turn_fn server,
			       void *context)
{
	size_t files = fuzz_open_files();
	struct check_http *check = NULL;
	static bool first = true;

	require(check_http_start(checked->client, &checked->target, checked_on_done, checked,
				 &check) == 0);
	checked_serve(checked, control, server, context);
	check_http_free(check);
	while (sd_event_run(checked->event, 0) > 0)
		;
	require(checked->results <= 1);
	require(first || fuzz_open_files() == files);
	first = false;
}

/* In whatever case: curl does not mind. */
static inline bool checked_has(const uint8_t *data, size_t size, const char *text)
{
	size_t length = strlen(text), i;

	for (i = 0; i + length <= size; i++)
		if (!strncasecmp((const char *)data + i, text, length))
			return true;
	return false;
}

/* What was said, without what is between the pieces, has what is asked for. */
static inline void checked_is_right(const struct checked *checked, const uint8_t *data, size_t size)
{
	static uint8_t said[CHECKED_SAID_MAX];
	const struct cluster_check *asked = &checked->target.check;
	char status[8];
	size_t n = 0, i;

	for (i = 0; i < size; i++)
		if (data[i] != CHECKED_NEXT)
			said[n++] = data[i];
	require(checked_has(said, n, "http/"));
	if (asked->status) {
		snprintf(status, sizeof(status), "%u", asked->status);
		require(checked_has(said, n, status));
	}
	/* In chunks, it may stand there in parts. */
	if (asked->body[0] && !checked_has(said, n, "chunked"))
		require(memmem(said, n, "needle", strlen("needle")));
}

#endif
