// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

/* A daemon that has said it all before it is asked, and then is gone. */
static int fuzz_connect(int fd, const struct sockaddr *addr, socklen_t length);
#define connect fuzz_connect
#include "../../user/control/client.c"
#undef connect

#include "cli/cli.h"

/**
 * DOC: whatever steerd answers, or who is taken for it: the command line shows it or says why not,
 * ends with one of its exit codes, and nothing of it gets to the terminal but text.
 *
 * Input: a byte that says which command, one that says how (FUZZ_*), then the answers, with
 * FUZZ_NEXT between them.
 */
#define FUZZ_NEXT 0x1c
#define FUZZ_JSON 0x01
#define FUZZ_PRETTY 0x02

static const char *const commands[][4] = {
	{ "status" },
	{ "node", "show" },
	{ "node", "show", "n1" },
	{ "node", "drain" },
	{ "node", "activate", "a1" },
	{ "pool", "show" },
	{ "pool", "show", "web" },
	{ "pool", "handover", "db", "n1" },
	{ "service", "show" },
	{ "service", "show", "dns" },
	{ "events" },
	{ "events", "-n", "5" },
	{ "version" },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const uint8_t *left;
static size_t left_bytes;

static int fuzz_connect(int fd, const struct sockaddr *addr, socklen_t length)
{
	const uint8_t *answer;
	size_t bytes;
	int pair[2];

	(void)addr;
	(void)length;
	if (!left_bytes) {
		errno = ECONNREFUSED;
		return -1;
	}
	bytes = fuzz_take(&left, &left_bytes, FUZZ_NEXT, &answer);
	require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	require(send(pair[1], answer, bytes, MSG_DONTWAIT) == (ssize_t)bytes);
	require(dup3(pair[0], fd, O_CLOEXEC) == fd);
	close(pair[0]);
	close(pair[1]);
	return 0;
}

/* Between one question and the next nothing changes here. */
int nanosleep(const struct timespec *time, struct timespec *ret_left)
{
	(void)time;
	(void)ret_left;
	return 0;
}

/* Also of what the daemon has from elsewhere: no escapes for the terminal. */
static void check_text(const char *text, size_t size)
{
	_cleanup_(cleanup_json) json_t *utf8 = json_stringn(text, size);
	size_t i;

	require(utf8);
	for (i = 0; i < size; i++) {
		const unsigned char *c = (const unsigned char *)text + i;

		require(*c == '\n' || (*c >= 0x20 && *c != 0x7f));
		require(*c != 0xc2 || c[1] >= 0xa0);
	}
}

static void check_json(const char *text, size_t size)
{
	_cleanup_(cleanup_json) json_t *json = NULL;

	if (!size)
		return;
	json = json_loadb(text, size, JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, NULL);
	require(json);
}

static void steer(const char *const *words, uint8_t how)
{
	char *argv[12] = { (char *)"steer", (char *)"--socket", (char *)"/dev/null/sock" };
	char *out_text = NULL, *err_text = NULL;
	size_t out_size, err_size;
	FILE *out = open_memstream(&out_text, &out_size);
	FILE *err = open_memstream(&err_text, &err_size);
	enum cli_exit exit;
	int argc = 3, i;

	require(out && err);
	if (how & FUZZ_JSON)
		argv[argc++] = (char *)(how & FUZZ_PRETTY ? "-p" : "-j");
	for (i = 0; i < 4 && words[i]; i++)
		argv[argc++] = (char *)words[i];
	exit = cli_run(argc, argv, out, err);
	fclose(out);
	fclose(err);
	require(exit == CLI_OK || exit == CLI_FAILED || exit == CLI_NO_DAEMON ||
		exit == CLI_DEGRADED || exit == CLI_BAD_CONFIG || exit == CLI_USAGE);
	require(exit == CLI_OK || exit == CLI_DEGRADED || err_size);
	check_text(err_text, err_size);
	if (how & FUZZ_JSON)
		check_json(out_text, out_size);
	else
		check_text(out_text, out_size);
	free(out_text);
	free(err_text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t files = fuzz_open_files();

	if (size < 2 || size > 65536)
		return 0;
	left = data + 2;
	left_bytes = size - 2;
	steer(commands[data[0] % COMMANDS], data[1]);
	require(fuzz_open_files() == files);
	return 0;
}
