// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: does something to a node and says when, so that what follows can be timed.
 *
 *   strike down INTERFACE...          take links down, one after the other
 *   strike silence INTERFACE          take the XDP program away
 *   strike signal SIGNAL PROCESS...   KILL or STOP processes
 *
 * Prints {"what": ..., "before_ns": ..., "after_ns": ...}, one line for each link, one for all
 * processes: CLOCK_MONOTONIC right before and right after it was done.
 */
#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "clock.h"

static int fail(const char *what, int error)
{
	fprintf(stderr, "strike: %s: %s\n", what, strerror(error < 0 ? -error : error));
	return 1;
}

static void say(const char *what, long long before_ns)
{
	printf("{\"what\":\"%s\",\"before_ns\":%lld,\"after_ns\":%lld}\n", what, before_ns,
	       clock_now_ns());
}

static int cmd_down(int argc, char **argv)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0)
		return fail("socket", errno);
	for (int i = 0; i < argc; i++) {
		struct ifreq request = {};
		long long before_ns;

		strncpy(request.ifr_name, argv[i], IF_NAMESIZE - 1);
		if (ioctl(fd, SIOCGIFFLAGS, &request))
			return fail(argv[i], errno);
		request.ifr_flags &= ~IFF_UP;
		before_ns = clock_now_ns();
		if (ioctl(fd, SIOCSIFFLAGS, &request))
			return fail(argv[i], errno);
		say(argv[i], before_ns);
	}
	close(fd);
	return 0;
}

static int cmd_silence(int argc, char **argv)
{
	int ifindex = argc == 1 ? (int)if_nametoindex(argv[0]) : 0;
	long long before_ns;
	int r;

	if (!ifindex)
		return fail("silence", EINVAL);
	before_ns = clock_now_ns();
	r = bpf_xdp_detach(ifindex, 0, NULL);
	if (r)
		return fail(argv[0], r);
	say(argv[0], before_ns);
	return 0;
}

static int cmd_signal(int argc, char **argv)
{
	int number = argc < 2			? 0
		     : !strcmp(argv[0], "KILL") ? SIGKILL
		     : !strcmp(argv[0], "STOP") ? SIGSTOP
						: 0;
	long long before_ns;

	if (!number)
		return fail("signal", EINVAL);
	before_ns = clock_now_ns();
	for (int i = 1; i < argc; i++)
		if (atoi(argv[i]) <= 1 || kill(atoi(argv[i]), number))
			return fail(argv[i], errno);
	say(argv[0], before_ns);
	return 0;
}

static const struct {
	const char *name;
	int (*function)(int argc, char **argv);
} commands[] = {
	{ "down", cmd_down },
	{ "silence", cmd_silence },
	{ "signal", cmd_signal },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 2 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].function(argc - 2, argv + 2);
	fprintf(stderr, "usage: strike down INTERFACE... | silence INTERFACE | "
			"signal KILL|STOP PROCESS...\n");
	return 2;
}
