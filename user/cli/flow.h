/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLI_FLOW_H
#define STEER_CLI_FLOW_H

#include <stddef.h>
#include <stdint.h>

#include "steer/maps.h"

/**
 * DOC: Flows as text, and as synthetic packets for "steer explain".
 */
#define FLOW_TEXT_MAX 160
#define FLOW_FRAME_MAX 128

/* A name ("tcp") or a number. Return: 0, -EINVAL. */
int flow_parse_protocol(const char *text, uint8_t *ret_protocol);

/* "192.0.2.1:80", "192.0.2.1", "[2001:db8::1]:80", "2001:db8::1". Return: 0, -EINVAL. */
int flow_parse_endpoint(const char *text, struct steer_addr *ret_addr, __be16 *ret_port);

/* "tcp 192.0.2.1:40000 > 198.51.100.1:80"; "" for all zero. Return: buffer. */
const char *flow_format(const struct steer_flow *flow, char buffer[FLOW_TEXT_MAX]);

/* "192.0.2.1:80" or "[2001:db8::1]:80"; port 0 is left out. Return: buffer. */
const char *flow_format_endpoint(const struct steer_addr *addr, __be16 port,
				 char buffer[FLOW_TEXT_MAX]);

/**
 * flow_build - a frame of this flow, with as much of its protocol's header as the program reads.
 * @syn: TCP: the first packet of a connection (SYN); otherwise a later one (ACK)
 * @mac: destination MAC
 *
 * Return: its length in bytes; 0 if the addresses are of different families.
 */
size_t flow_build(const struct steer_flow *flow, int syn, const uint8_t mac[6],
		  uint8_t ret_frame[FLOW_FRAME_MAX]);

#endif
