/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_ADDRESS_H
#define STEER_CONFIG_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "steer/maps.h"

/**
 * DOC: addresses: IPv6, with IPv4 as ::ffff:a.b.c.d, to and from text and sockaddr.
 */
#define ADDRESS_TEXT_MAX 64

/* Parse "192.0.2.1" or "2001:db8::1". Return: 0, -EINVAL. */
int address_parse(const char *text, struct steer_addr *ret_addr);

/* Parse an address or "ADDRESS/LENGTH"; 128 bits for a single address, 96 + n for IPv4's n. */
int address_parse_prefix(const char *text, struct steer_addr *ret_addr, uint8_t *ret_prefix_bits);

/* Text of an address, IPv4 dotted. Return: buffer. */
const char *address_format(const struct steer_addr *addr, char buffer[ADDRESS_TEXT_MAX]);

/* The address with all bits after the first prefix_bits of its 128 zero. */
struct steer_addr address_network(const struct steer_addr *addr, uint8_t prefix_bits);

/* Can one host be reached by it: no multicast, broadcast, loopback or unspecified address. */
bool address_is_host(const struct steer_addr *addr);

bool address_is_link_local(const struct steer_addr *addr); /* IPv6's, which need an interface */
bool address_is_ipv4(const struct steer_addr *addr);
bool address_is_none(const struct steer_addr *addr);
bool address_equal(const struct steer_addr *a, const struct steer_addr *b);

/* AF_INET for an IPv4 address, AF_INET6 otherwise. Return: the length for connect() and such. */
socklen_t address_to_sockaddr(const struct steer_addr *addr, uint16_t port,
			      struct sockaddr_storage *ret_sockaddr);

#endif
