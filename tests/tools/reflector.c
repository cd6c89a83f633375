// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/address.h"

#include "reflect.h"

/**
 * DOC: `reflector`: answers S-BFD probes for one node until it is ended.
 *
 * Prints "ready" once it listens. Health bits of all pools are set unless -u is given.
 */
static const char usage[] =
	"Usage: reflector [-a active|draining|maintenance] [-u] [-t TTL] ADDRESS NODE-ID TAG-KEY\n"
	"TAG-KEY: 32 hex digits, the second half of the cluster's key\n";

static void fail(const char *what)
{
	fprintf(stderr, "reflector: %s: %m\n", what);
	exit(1);
}

static void refuse(void)
{
	fputs(usage, stderr);
	exit(2);
}

static struct steer_key parse_key(const char *text)
{
	struct steer_key key = {};
	unsigned int i, byte;

	if (strlen(text) != 32)
		refuse();
	for (i = 0; i < 16; i++) {
		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			refuse();
		key.word[i / 8] |= (__u64)byte << 8 * (i % 8);
	}
	return key;
}

static __u8 parse_admin(const char *text)
{
	static const char *const names[] = { "active", "draining", "maintenance" };
	unsigned int i;

	for (i = 0; i < 3; i++)
		if (!strcmp(text, names[i]))
			return i;
	refuse();
	return 0;
}

static int open_socket(const struct steer_addr *addr, int ttl)
{
	struct sockaddr_storage name;
	socklen_t length = address_to_sockaddr(addr, STEER_SBFD_PORT, &name);
	bool v4 = name.ss_family == AF_INET;
	int fd = socket(name.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fail("socket");
	if (setsockopt(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_TTL : IPV6_UNICAST_HOPS, &ttl,
		       sizeof(ttl)) < 0)
		fail("TTL");
	if (bind(fd, (struct sockaddr *)&name, length) < 0)
		fail("bind");
	return fd;
}

int main(int argc, char **argv)
{
	struct steer_sbfd_auth announced = {};
	struct steer_sbfd_packet packet;
	int option, fd, ttl = STEER_SBFD_TTL;
	struct sockaddr_storage from;
	struct steer_addr addr;
	struct steer_key key;
	socklen_t from_length;
	ssize_t length;

	memset(announced.health, 0xff, sizeof(announced.health));
	while ((option = getopt(argc, argv, "a:ut:")) != -1) {
		if (option == 'a')
			announced.admin = parse_admin(optarg);
		else if (option == 'u')
			memset(announced.health, 0, sizeof(announced.health));
		else if (option == 't')
			ttl = atoi(optarg);
		else
			refuse();
	}
	if (argc - optind != 3 || address_parse(argv[optind], &addr) < 0)
		refuse();
	announced.node = htons(atoi(argv[optind + 1]));
	key = parse_key(argv[optind + 2]);
	reflect_seal(&announced, &key);
	fd = open_socket(&addr, ttl);
	puts("ready");
	fflush(stdout);
	for (;;) {
		from_length = sizeof(from);
		length = recvfrom(fd, &packet, sizeof(packet), 0, (struct sockaddr *)&from,
				  &from_length);
		if (length < 0 && errno != EINTR)
			fail("receive");
		if (length > 0 && reflect(&packet, length, &announced, &key))
			sendto(fd, &packet, sizeof(packet), 0, (struct sockaddr *)&from,
			       from_length);
	}
}
