// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include <errno.h>

#include "config/address.h"
#include "health/path_packet.h"

/**
 * DOC: whatever a raw socket hears while a way to a node is checked: a segment as it stands in the
 * packet, or none; and what we send ourselves is a segment.
 */
static void check_build(const struct path_segment *segment)
{
	uint8_t packet[PATH_PACKET_MAX];
	struct path_segment again;
	size_t bytes;

	if (address_is_ipv4(&segment->source) != address_is_ipv4(&segment->destination))
		return;
	bytes = path_packet_build(segment, packet);
	require(bytes <= sizeof(packet) && path_packet_parse(packet, bytes, &again) == 0);
	require(address_equal(&again.source, &segment->source) &&
		address_equal(&again.destination, &segment->destination));
	require(again.source_port == segment->source_port &&
		again.destination_port == segment->destination_port);
	require(again.sequence == segment->sequence &&
		again.acknowledgement == segment->acknowledgement);
	require(again.flags == segment->flags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Of just this size, so that what is read behind it is found out. */
	uint8_t *packet = malloc(size ?: 1);
	struct path_segment segment;
	size_t header;

	require(packet);
	memcpy(packet, data, size);
	if (path_packet_parse(packet, size, &segment) == 0) {
		header = packet[0] >> 4 == 4 ? (packet[0] & 15) * 4U : 40;
		require(size >= header + 20);
		/* TCP, and not a later fragment of it, which has no ports. */
		require(packet[0] >> 4 == 4 ? packet[9] == 6 : packet[6] == 6);
		require(packet[0] >> 4 == 6 || !((packet[6] & 0x1f) | packet[7]));
		require(segment.source_port == (packet[header] << 8 | packet[header + 1]));
		require(segment.flags == packet[header + 13]);
		check_build(&segment);
	}
	free(packet);
	return 0;
}
