// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include <errno.h>
#include <sanitizer/asan_interface.h>

#include "config/address.h"
#include "neighbour/rtnl.h"

/**
 * DOC: whatever rtnetlink answers: nothing is read outside of it, and nothing is found that does
 * not stand in it.
 *
 * Input: a byte that says what is asked for, then the answer. Its sequence number must be 0, which
 * libmnl takes for any.
 */
static uint8_t answer[RTNL_MESSAGE_BYTES];
static size_t answer_bytes; /* a multiple of 4: the kernel pads messages, and libmnl relies on it */
static int answered;
static void *poisoned; /* the room behind the answer, which nobody may read */
static size_t poisoned_bytes;

/* Only the kernel can talk to sockets of this kind: these take the place of libmnl's. */
ssize_t mnl_socket_sendto(const struct mnl_socket *socket, const void *request, size_t bytes)
{
	const struct nlmsghdr *message = request;

	(void)socket;
	require(mnl_nlmsg_ok(message, bytes) && message->nlmsg_len == bytes);
	return bytes;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *socket, void *buffer, size_t bytes)
{
	(void)socket;
	if (answered++) {
		errno = EAGAIN;
		return -1;
	}
	require(answer_bytes <= bytes);
	memcpy(buffer, answer, answer_bytes);
	poisoned = (char *)buffer + answer_bytes;
	poisoned_bytes = bytes - answer_bytes;
	ASAN_POISON_MEMORY_REGION(poisoned, poisoned_bytes);
	return answer_bytes;
}

unsigned int mnl_socket_get_portid(const struct mnl_socket *socket)
{
	(void)socket;
	return 1;
}

static int stands_there(const void *what, size_t bytes)
{
	return memmem(answer, answer_bytes, what, bytes) != NULL;
}

static void check_addr(const struct steer_addr *addr)
{
	require(stands_there(addr, sizeof(*addr)) ||
		(address_is_ipv4(addr) && stands_there(&addr->word[3], sizeof(addr->word[3]))));
}

static void check_number(uint32_t number)
{
	require(!number || stands_there(&number, sizeof(number)));
}

static const struct steer_addr asked = { { 0, 0, 0xffff0000, 0x0b0200c0 } };

static void try_route(void)
{
	struct rtnl_route route = {};

	if (rtnl_get_route(NULL, &asked, &route) < 0)
		return;
	if (!route.direct)
		check_addr(&route.next_hop);
	if (!address_is_none(&route.source))
		check_addr(&route.source);
	check_number(route.ifindex);
	check_number(route.mtu_bytes);
}

static void try_link(void)
{
	struct rtnl_link link = {};

	if (rtnl_get_link(NULL, 1, &link) < 0)
		return;
	require(stands_there(link.mac, sizeof(link.mac)));
	check_number(link.below);
	check_number(link.master);
	check_number(link.mtu_bytes);
}

static void try_neighbour(void)
{
	uint8_t mac[6] = {};

	if (rtnl_get_neighbour(NULL, 1, &asked, mac) == 0)
		require(stands_there(mac, sizeof(mac)));
}

static int on_message(const struct nlmsghdr *message, void *context)
{
	struct steer_addr addr = {};
	uint32_t ifindex = 0;

	(void)context;
	if (rtnl_parse_neighbour(message, &ifindex, &addr) == 0) {
		check_addr(&addr);
		require(stands_there(&ifindex, sizeof(ifindex)));
	}
	return MNL_CB_OK;
}

/* What the kernel tells unasked. */
static void try_event(void)
{
	char buffer[RTNL_MESSAGE_BYTES] __attribute__((aligned(8)));

	if (mnl_socket_recvfrom(NULL, buffer, sizeof(buffer)) > 0)
		mnl_cb_run(buffer, answer_bytes, 0, 0, on_message, NULL);
	ASAN_UNPOISON_MEMORY_REGION(poisoned, poisoned_bytes);
}

/* libmnl 1.0.4 takes lengths of 2 GiB and more for negative ones, and goes astray. */
static int is_beyond_libmnl(void)
{
	struct nlmsghdr head;
	size_t at = 0;

	while (at + sizeof(head) <= answer_bytes) {
		memcpy(&head, answer + at, sizeof(head));
		if (head.nlmsg_len > INT32_MAX)
			return 1;
		if (head.nlmsg_len < sizeof(head))
			break;
		at += MNL_ALIGN(head.nlmsg_len);
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size || size > sizeof(answer))
		return 0;
	answer_bytes = MNL_ALIGN(size - 1);
	memset(answer, 0, answer_bytes);
	memcpy(answer, data + 1, size - 1);
	if (is_beyond_libmnl())
		return 0;
	answered = 0;
	switch (data[0] % 5) {
	case 0:
		try_route();
		break;
	case 1:
		try_link();
		break;
	case 2:
		try_neighbour();
		break;
	case 3:
		rtnl_resolve(NULL, 1, &asked);
		break;
	default:
		try_event();
	}
	ASAN_UNPOISON_MEMORY_REGION(poisoned, poisoned_bytes);
	return 0;
}
