// SPDX-License-Identifier: GPL-2.0
#include "datapath/reason.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "steer/maps.h"

#define LOG_BEGIN "-- BEGIN PROG LOAD LOG --\n"
#define LOG_END "-- END PROG LOAD LOG --"
#define OUR_PROGRAM "prog '" STEER_PROGRAM_NAME "'"
#define ATTACH_PREFIX "libbpf: Kernel error message: "
#define LIBXDP_PREFIX "libxdp: "
#define MTU_USUAL 1500

/* What says no more than the errno does, or is wrong here. */
static const char *const noise[] = {
	"BPF program load failed",
	"failed to load: ",
	"failed to load object",
	"failed to load BPF skeleton",
	"Failed to load program",
	"ulimit -l",
	"RLIMIT_MEMLOCK",
	"Error attaching XDP program",
	"Falling back to loading single prog",
	"prog 'xdp_pass'",
	"prog 'xdp_dispatcher'",
};

/* What the verifier writes behind the reason. */
static const char *const statistics[] = { "processed ", "verification time ", "stack depth " };

struct line {
	const char *start;
	size_t length;
};

static bool is_statistics(const struct line *line)
{
	for (size_t i = 0; i < sizeof(statistics) / sizeof(*statistics); i++)
		if (!strncmp(line->start, statistics[i], strlen(statistics[i])))
			return true;
	return !line->length;
}

/* The last line of the verifier's log that is neither empty nor statistics. */
static struct line last_line(const char *log)
{
	const char *end = strstr(log, LOG_END);
	struct line last = { log, 0 };

	while (*log && log != end) {
		struct line line = { log, strcspn(log, "\n") };

		if (!is_statistics(&line))
			last = line;
		log += line.length;
		log += *log == '\n';
	}
	return last;
}

static bool is_noise(const char *message)
{
	for (size_t i = 0; i < sizeof(noise) / sizeof(*noise); i++)
		if (strstr(message, noise[i]))
			return true;
	return false;
}

static void set(struct reason *reason, enum reason_rank rank, const struct line *line)
{
	size_t length = line->length < REASON_MAX - 1 ? line->length : REASON_MAX - 1;

	if (rank <= reason->rank)
		return;
	memcpy(reason->text, line->start, length);
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)reason->text[i] < ' ')
			reason->text[i] = ' ';
	while (length && reason->text[length - 1] == ' ')
		length--;
	reason->text[length] = '\0';
	reason->rank = length ? rank : reason->rank;
}

void reason_take(struct reason *reason, const char *message, bool warning)
{
	const char *log = strstr(message, LOG_BEGIN);
	struct line line = { message, strlen(message) };
	enum reason_rank rank = REASON_OTHER;

	if (log) {
		bool ours = strstr(message, OUR_PROGRAM) && strstr(message, OUR_PROGRAM) < log;

		rank = ours ? REASON_VERIFIER : REASON_DISPATCHER;
		line = last_line(log + strlen(LOG_BEGIN));
	} else if (!strncmp(message, ATTACH_PREFIX, strlen(ATTACH_PREFIX))) {
		rank = REASON_ATTACH;
		line.start += strlen(ATTACH_PREFIX);
		line.length -= strlen(ATTACH_PREFIX);
	} else if (strstr(message, "Compatibility check for dispatcher")) {
		bool prefixed = !strncmp(message, LIBXDP_PREFIX, strlen(LIBXDP_PREFIX));

		rank = REASON_DISPATCHER;
		line.start += prefixed ? strlen(LIBXDP_PREFIX) : 0;
		line.length = strlen(line.start);
	} else if (!warning || is_noise(message)) {
		return;
	}
	set(reason, rank, &line);
}

bool reason_blames_mtu(int error, const char *reason, unsigned int mtu)
{
	if (*reason)
		return strstr(reason, "MTU") || strstr(reason, "mtu");
	return error == -ERANGE || ((error == -EINVAL || error == -EOPNOTSUPP) && mtu > MTU_USUAL);
}
