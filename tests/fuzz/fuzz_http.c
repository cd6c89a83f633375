// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "health/attempt.h"
#include "health/check.h"

/**
 * DOC: whatever a checked server answers: one result, in words that can be shown; good only if the
 * answer has what is asked for.
 *
 * A server on the loopback says it. Input: a byte that says what is asked for (FUZZ_*), then what
 * comes, in pieces with FUZZ_NEXT between them.
 */
#define FUZZ_NEEDLE 0x01 /* a body with "needle" is asked for */
#define FUZZ_STATUS(control) ((control) >> 1 & 3)
#define FUZZ_HANGS 0x08 /* the server does not end: the attempt is given up */
#define FUZZ_HOST 0x10
#define FUZZ_RESETS 0x20 /* the server ends without a goodbye */
#define FUZZ_NEXT 0x1c

#define SAID_MAX 262144
#define TURNS 1000   /* of the event loop */
#define TURN_US 2000 /* at most */
#define IDLE_TURNS 1 /* until a server that hangs is given up */

static sd_event *event;
static struct check_http_client *client;
static int listener;
static uint16_t port;

static struct result {
	unsigned int n;
	bool good;
	char detail[ATTEMPT_DETAIL_MAX];
} result;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr = { htonl(0x7f000001) } };
	socklen_t length = sizeof(addr);

	(void)argc;
	(void)argv;
	require(sd_event_new(&event) >= 0 && check_http_client_new(event, &client) == 0);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	require(listener >= 0 && bind(listener, (struct sockaddr *)&addr, length) == 0);
	require(listen(listener, 8) == 0);
	require(getsockname(listener, (struct sockaddr *)&addr, &length) == 0);
	port = ntohs(addr.sin_port);
	return 0;
}

static struct check_target target_of(uint8_t control)
{
	static const uint16_t statuses[] = { 0, 200, 204, 404 };
	struct check_target target = {
		.pool = "web",
		.check = { .type = CHECK_HTTP, .path = "/healthz", .timeout_ms = 1000 },
		.address = { { 0, 0, htonl(0xffff), htonl(0x7f000001) } },
		.port = port,
	};

	target.check.status = statuses[FUZZ_STATUS(control)];
	if (control & FUZZ_NEEDLE)
		strcpy(target.check.body, "needle");
	if (control & FUZZ_HOST)
		strcpy(target.check.host, "www.example");
	return target;
}

/* What is said of a failure can be logged and sent. */
static void on_done(void *context, const char *failure)
{
	_cleanup_(cleanup_json) json_t *text = NULL;
	const unsigned char *c;

	result.n++;
	result.good = !failure;
	if (!failure)
		return;
	attempt_describe(context, failure, result.detail);
	text = json_string(result.detail);
	require(text && result.detail[0]);
	for (c = (const unsigned char *)result.detail; *c; c++)
		require(*c >= 0x20 && *c != 0x7f);
}

/* The next piece; after the last, the end. */
static void say(int fd, const uint8_t **data, size_t *size, uint8_t control, bool *ended)
{
	const uint8_t *piece;
	size_t bytes;

	if (*ended)
		return;
	if (*size) {
		bytes = fuzz_take(data, size, FUZZ_NEXT, &piece);
		(void)!send(fd, piece, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
		return;
	}
	*ended = true;
	if (!(control & (FUZZ_HANGS | FUZZ_RESETS)))
		shutdown(fd, SHUT_WR);
}

static void hang_up(int *fd)
{
	const struct linger at_once = { 1, 0 }; /* nothing is to remain of so many connections */

	if (*fd < 0)
		return;
	setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(*fd);
	*fd = -1;
}

/* Until there is a result, or there is nothing more to wait for. */
static void serve(const uint8_t *data, size_t size, uint8_t control)
{
	unsigned int turn, idle = 0;
	bool ended = false;
	int fd = -1;

	for (turn = 0; turn < TURNS && !result.n; turn++) {
		int r = sd_event_run(event, ended ? TURN_US : 0);

		require(r >= 0);
		if (fd < 0)
			fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		else
			say(fd, &data, &size, control, &ended);
		if (ended && control & FUZZ_RESETS)
			hang_up(&fd);
		idle = ended && r == 0 ? idle + 1 : 0;
		if (control & FUZZ_HANGS && idle >= IDLE_TURNS)
			break;
	}
	require(turn < TURNS);
	hang_up(&fd);
}

/* In whatever case: curl does not mind. */
static bool has(const uint8_t *data, size_t size, const char *text)
{
	size_t length = strlen(text), i;

	for (i = 0; i + length <= size; i++)
		if (!strncasecmp((const char *)data + i, text, length))
			return true;
	return false;
}

static void check_good(const struct check_target *target, const uint8_t *data, size_t size)
{
	char status[8];

	require(has(data, size, "http/"));
	if (target->check.status) {
		snprintf(status, sizeof(status), "%u", target->check.status);
		require(has(data, size, status));
	}
	/* In chunks, it may stand there in parts. */
	if (target->check.body[0] && !has(data, size, "chunked"))
		require(memmem(data, size, "needle", strlen("needle")));
}

/* All pieces. Return: how much. */
static size_t join(const uint8_t *data, size_t size, uint8_t *ret_said)
{
	size_t n = 0, i;

	for (i = 0; i < size; i++)
		if (data[i] != FUZZ_NEXT)
			ret_said[n++] = data[i];
	return n;
}

/* All that was opened is closed, but for what the event loop has from the first time on. */
static void check_files(size_t before)
{
	static bool first = true;

	require(first || fuzz_open_files() == before);
	first = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t files = fuzz_open_files();
	struct check_http *check = NULL;
	struct check_target target;
	static uint8_t said[SAID_MAX];

	if (!size || size > SAID_MAX)
		return 0;
	target = target_of(data[0]);
	result = (struct result){};
	require(check_http_start(client, &target, on_done, &target, &check) == 0);
	serve(data + 1, size - 1, data[0]);
	check_http_free(check);
	while (sd_event_run(event, 0) > 0)
		;
	require(result.n <= 1);
	if (result.good)
		check_good(&target, said, join(data + 1, size - 1, said));
	check_files(files);
	return 0;
}
