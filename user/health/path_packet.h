/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_PATH_PACKET_H
#define STEER_HEALTH_PATH_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "steer/maps.h"

/**
 * DOC: the packets of a check through the forwarding path: bare TCP segments in IPv4 or IPv6.
 */
#define PATH_PACKET_MAX 64 /* bytes: an IPv6 header and a TCP header */

enum path_flags {
	PATH_RST = 0x04,
	PATH_SYN = 0x02,
	PATH_ACK = 0x10,
};

/* What a segment of the connection says; source and destination as in its header. */
struct path_segment {
	struct steer_addr source, destination;
	uint16_t source_port, destination_port;
	uint32_t sequence, acknowledgement;
	uint8_t flags; /* enum path_flags */
};

/**
 * path_packet_build - an IP packet with this segment and nothing else in it.
 * Source and destination must be of one family.
 * Return: its length in bytes.
 */
size_t path_packet_build(const struct path_segment *segment, uint8_t ret_packet[PATH_PACKET_MAX]);

/**
 * path_packet_parse - read an IP packet as a segment.
 * Return: 0; -EBADMSG if it is none.
 */
int path_packet_parse(const uint8_t *packet, size_t bytes, struct path_segment *ret_segment);

#endif
