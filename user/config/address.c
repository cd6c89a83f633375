// SPDX-License-Identifier: GPL-2.0
#include "config/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int address_parse(const char *text, struct steer_addr *ret_addr)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, text, &v4) == 1) {
		*ret_addr = (struct steer_addr){ { 0, 0, htonl(0xffff), v4.s_addr } };
		return 0;
	}
	if (inet_pton(AF_INET6, text, &v6) == 1) {
		memcpy(ret_addr, &v6, sizeof(*ret_addr));
		return 0;
	}
	return -EINVAL;
}

int address_parse_prefix(const char *text, struct steer_addr *ret_addr, uint8_t *ret_prefix_bits)
{
	char copy[ADDRESS_TEXT_MAX];
	struct steer_addr addr;
	unsigned long bits, most;
	char *slash, *end;

	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	slash = strchr(copy, '/');
	if (slash)
		*slash = '\0';
	if (address_parse(copy, &addr) < 0)
		return -EINVAL;
	most = address_is_ipv4(&addr) ? 32 : 128;
	bits = most;
	if (slash) {
		if (slash[1] < '0' || slash[1] > '9')
			return -EINVAL;
		bits = strtoul(slash + 1, &end, 10);
		if (*end || bits > most)
			return -EINVAL;
	}
	*ret_addr = addr;
	*ret_prefix_bits = (uint8_t)(128 - most + bits);
	return 0;
}

const char *address_format(const struct steer_addr *addr, char buffer[ADDRESS_TEXT_MAX])
{
	if (address_is_ipv4(addr))
		inet_ntop(AF_INET, &addr->word[3], buffer, ADDRESS_TEXT_MAX);
	else
		inet_ntop(AF_INET6, addr->word, buffer, ADDRESS_TEXT_MAX);
	return buffer;
}

struct steer_addr address_network(const struct steer_addr *addr, uint8_t prefix_bits)
{
	struct steer_addr network = *addr;
	uint8_t *byte = (uint8_t *)&network;

	for (unsigned int bit = prefix_bits; bit < 128; bit++)
		byte[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	return network;
}

bool address_is_host(const struct steer_addr *addr)
{
	const uint8_t *byte = (const uint8_t *)addr;

	if (address_is_ipv4(addr)) /* 0/8, 127/8, and 224/3: multicast, reserved, broadcast */
		return byte[12] != 0 && byte[12] != 127 && byte[12] < 224;
	return !address_is_none(addr) && byte[0] != 0xff &&
	       !IN6_IS_ADDR_LOOPBACK((const struct in6_addr *)addr);
}

bool address_is_link_local(const struct steer_addr *addr)
{
	return IN6_IS_ADDR_LINKLOCAL((const struct in6_addr *)addr);
}

bool address_is_ipv4(const struct steer_addr *addr)
{
	return !addr->word[0] && !addr->word[1] && addr->word[2] == htonl(0xffff);
}

bool address_is_none(const struct steer_addr *addr)
{
	return !addr->word[0] && !addr->word[1] && !addr->word[2] && !addr->word[3];
}

bool address_equal(const struct steer_addr *a, const struct steer_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

socklen_t address_to_sockaddr(const struct steer_addr *addr, uint16_t port,
			      struct sockaddr_storage *ret_sockaddr)
{
	memset(ret_sockaddr, 0, sizeof(*ret_sockaddr));
	if (address_is_ipv4(addr)) {
		struct sockaddr_in *in = (struct sockaddr_in *)ret_sockaddr;

		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		in->sin_addr.s_addr = addr->word[3];
		return sizeof(*in);
	}
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret_sockaddr;

	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, addr, sizeof(in6->sin6_addr));
	return sizeof(*in6);
}
