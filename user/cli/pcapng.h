/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLI_PCAPNG_H
#define STEER_CLI_PCAPNG_H

#include <stdint.h>
#include <stdio.h>

/**
 * DOC: capture files that Wireshark and tcpdump read (draft-ietf-opsawg-pcapng), each packet with a
 * comment. One section, one Ethernet interface, times in nanoseconds.
 */

/* Return: 0, or -EIO if the file cannot be written. */
int pcapng_begin(FILE *file, const char *application);

/**
 * pcapng_packet - add a packet.
 * @time_ns: since 1970
 * @bytes: of it that are captured; @frame_bytes: that it had
 */
int pcapng_packet(FILE *file, uint64_t time_ns, const void *packet, uint32_t bytes,
		  uint32_t frame_bytes, const char *comment);

#endif
