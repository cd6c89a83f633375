// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"

#include "sockets.h"

#define BYTES_PER_SOCKET 6000
#define SPARE_FILES 4000 /* maps and programs */
#define SPARE_BYTES (2L << 30)

int sockets_fit(long sockets)
{
	_cleanup_(cleanup_fclose) FILE *file = fopen("/proc/meminfo", "re");
	char line[128];
	long kib;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %ld kB", &kib) == 1)
			return kib * 1024 > sockets * BYTES_PER_SOCKET + SPARE_BYTES;
	return 0;
}

static int connect_v4(int fd, const struct targets *plan, int flow)
{
	struct sockaddr_in client = {
		.sin_family = AF_INET,
		.sin_port = htons(PLAN_FLOW_PORT + flow % PLAN_FLOW_PORTS),
		.sin_addr.s_addr = htonl(plan->client + flow / PLAN_FLOW_PORTS),
	};
	struct sockaddr_in vip = {
		.sin_family = AF_INET,
		.sin_port = htons(plan->port),
		.sin_addr.s_addr = htonl(plan->vip),
	};

	if (bind(fd, (struct sockaddr *)&vip, sizeof(vip)))
		return -errno;
	return connect(fd, (struct sockaddr *)&client, sizeof(client)) ? -errno : 0;
}

static int connect_v6(int fd, const struct targets *plan, int flow)
{
	struct sockaddr_in6 client = { .sin6_family = AF_INET6 }, vip = client;

	inet_pton(AF_INET6, "2001:db8:c::", &client.sin6_addr);
	client.sin6_addr.s6_addr32[3] = htonl(plan->client + flow / PLAN_FLOW_PORTS);
	client.sin6_port = htons(PLAN_FLOW_PORT + flow % PLAN_FLOW_PORTS);
	inet_pton(AF_INET6, "2001:db8:5::", &vip.sin6_addr);
	vip.sin6_port = htons(plan->port);
	if (bind(fd, (struct sockaddr *)&vip, sizeof(vip)))
		return -errno;
	return connect(fd, (struct sockaddr *)&client, sizeof(client)) ? -errno : 0;
}

static int open_one(const struct targets *plan, int family, int flow)
{
	int on = 1, fd = socket(family, SOCK_STREAM, 0);

	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)))
		return -errno;
	return family == AF_INET ? connect_v4(fd, plan, flow) : connect_v6(fd, plan, flow);
}

/* Flows from @first on, as many as there may be files. */
static int open_some(const struct targets *plan, int family, int first, int flows)
{
	struct rlimit files = { flows + SPARE_FILES, flows + SPARE_FILES };
	int flow, r = setrlimit(RLIMIT_NOFILE, &files) ? -errno : 0;

	for (flow = first; flow < first + flows && !r; flow++)
		r = open_one(plan, family, flow);
	if (r)
		fprintf(stderr, "packets: connection %d: %s\n", flow, strerror(-r));
	return r;
}

/* Until the parent has closed its end, or dies. */
static void hold_some(const struct targets *plan, int family, int first, int flows, int fd)
{
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!open_some(plan, family, first, flows) && write(fd, "", 1) == 1)
		while (read(fd, &c, 1) > 0)
			;
}

int sockets_hold(const struct targets *plan, int family, int flows, struct sockets *ret_sockets)
{
	int pair[2], share, first;
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	share = files.rlim_max > (rlim_t)flows + SPARE_FILES ? flows
							     : (int)files.rlim_max - SPARE_FILES;
	*ret_sockets = (struct sockets){ .fd = pair[0] };
	for (first = 0; first < flows; first += share) {
		pid_t pid = fork();

		if (pid < 0)
			return -errno;
		if (!pid) {
			close(pair[0]);
			hold_some(plan, family, first,
				  first + share > flows ? flows - first : share, pair[1]);
			_exit(0);
		}
		ret_sockets->processes++;
	}
	close(pair[1]);
	return 0;
}

int sockets_await(const struct sockets *sockets)
{
	int i;
	char c;

	for (i = 0; i < sockets->processes; i++)
		if (read(sockets->fd, &c, 1) != 1)
			return -EIO;
	return 0;
}

void sockets_release(struct sockets *sockets)
{
	if (!sockets->processes)
		return;
	shutdown(sockets->fd, SHUT_RDWR); /* later processes have a copy of it */
	close(sockets->fd);
	while (sockets->processes-- > 0)
		wait(NULL);
}
