/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_ADDRESS_H
#define STEER_CONFIG_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "steer/maps.h"

/**
 * DOC: addresses, to and from text and sockaddr. All are IPv6; IPv4 is mapped as ::ffff:a.b.c.d
 * (RFC 4291, section 2.5.5.2).
 */
#define ADDRESS_TEXT_MAX 64

/* Parse "192.0.2.1" or "2001:db8::1". Return: 0, -EINVAL. */
int address_parse(const char *text, struct steer_addr *ret_addr);

/*
 * Parse an address or "ADDRESS/LENGTH". @ret_prefix_bits: 128 for a single address; the length, of
 * IPv4 96 + length. Return: 0, -EINVAL.
 */
int address_parse_prefix(const char *text, struct steer_addr *ret_addr, uint8_t *ret_prefix_bits);

/* The text of an address, IPv4 in dotted form. Return: buffer. */
const char *address_format(const struct steer_addr *addr, char buffer[ADDRESS_TEXT_MAX]);

/* The network of an address: all bits behind the first @prefix_bits of 128 are zero. */
struct steer_addr address_network(const struct steer_addr *addr, uint8_t prefix_bits);

/* True for a unicast address of a host: no multicast, broadcast, loopback, unspecified address. */
bool address_is_host(const struct steer_addr *addr);

bool address_is_link_local(const struct steer_addr *addr); /* IPv6 only; needs an interface */
bool address_is_ipv4(const struct steer_addr *addr);
bool address_is_none(const struct steer_addr *addr); /* all zero */
bool address_equal(const struct steer_addr *a, const struct steer_addr *b);

/*
 * Make a sockaddr: AF_INET for an IPv4 address, AF_INET6 otherwise; @port in host byte order.
 * Return: its length, as connect() needs it.
 */
socklen_t address_to_sockaddr(const struct steer_addr *addr, uint16_t port,
			      struct sockaddr_storage *ret_sockaddr);

#endif
