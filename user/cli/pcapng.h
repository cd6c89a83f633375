/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLI_PCAPNG_H
#define STEER_CLI_PCAPNG_H

#include <stdint.h>
#include <stdio.h>

/**
 * DOC: Writes pcapng capture files (draft-ietf-opsawg-pcapng), which Wireshark and tcpdump read.
 * Each packet has a comment. One section, one Ethernet interface, times in nanoseconds.
 */

/* Return: 0, or -EIO if the file cannot be written. */
int pcapng_begin(FILE *file, const char *application);

/**
 * pcapng_packet - add a packet.
 * @time_ns: since 1970
 * @bytes: captured length; @frame_bytes: length of the whole frame
 */
int pcapng_packet(FILE *file, uint64_t time_ns, const void *packet, uint32_t bytes,
		  uint32_t frame_bytes, const char *comment);

#endif
