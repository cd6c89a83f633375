// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "netns.h"

int netns_prepare(void)
{
	if (unshare(CLONE_NEWNET))
		return -errno;
	if (system("ip link set lo up && ip addr add 198.51.100.0/32 dev lo && "
		   "ip -6 addr add 2001:db8:5::/128 dev lo nodad && "
		   "ip route add 203.0.113.0/24 dev lo && "
		   "ip -6 route add 2001:db8:c::/64 dev lo && "
		   "ip link add bench0 type veth peer name bench1 && "
		   "ip link add bench2 type veth peer name bench3 && "
		   "ip link add bench4 type veth peer name bench5"))
		return -EIO;
	return 0;
}

unsigned int netns_interface(int i)
{
	char name[IF_NAMESIZE];

	snprintf(name, sizeof(name), "bench%d", i);
	return if_nametoindex(name);
}
