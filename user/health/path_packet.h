/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_PATH_PACKET_H
#define STEER_HEALTH_PATH_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "steer/maps.h"

/**
 * DOC: the packets of a check over the forwarding path: TCP segments without data or options, in
 * IPv4 or IPv6.
 */
#define PATH_PACKET_MAX 64 /* bytes: an IPv6 header and a TCP header */

enum path_flags {
	PATH_RST = 0x04,
	PATH_SYN = 0x02,
	PATH_ACK = 0x10,
};

/* A TCP segment. Ports, sequence and acknowledgement in host byte order. */
struct path_segment {
	struct steer_addr source, destination;
	uint16_t source_port, destination_port;
	uint32_t sequence, acknowledgement;
	uint8_t flags; /* enum path_flags */
};

/**
 * path_packet_build - build an IP packet with a segment.
 * @segment: source and destination must be of one address family
 * @ret_packet: the packet
 *
 * Return: its length in bytes.
 */
size_t path_packet_build(const struct path_segment *segment, uint8_t ret_packet[PATH_PACKET_MAX]);

/**
 * path_packet_parse - parse an IP packet that contains a TCP segment.
 *
 * Return: 0; -EBADMSG if it contains none.
 */
int path_packet_parse(const uint8_t *packet, size_t bytes, struct path_segment *ret_segment);

#endif
