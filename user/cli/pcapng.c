// SPDX-License-Identifier: GPL-2.0
#include "cli/pcapng.h"

#include <errno.h>
#include <string.h>

#define SECTION 0x0a0d0d0a
#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define INTERFACE 1
#define ENHANCED_PACKET 6
#define LINKTYPE_ETHERNET 1
#define OPTION_COMMENT 1
#define OPTION_APPLICATION 4
#define OPTION_TSRESOL 9
#define NANOSECONDS 9

/* Blocks and options are padded to 32 bits. */
static uint32_t padded(size_t bytes)
{
	return (bytes + 3) & ~3U;
}

static void put32(FILE *file, uint32_t value)
{
	fwrite(&value, sizeof(value), 1, file);
}

static void put16(FILE *file, uint16_t value)
{
	fwrite(&value, sizeof(value), 1, file);
}

static void put_padded(FILE *file, const void *data, size_t bytes)
{
	static const char zero[4];

	fwrite(data, 1, bytes, file);
	fwrite(zero, 1, padded(bytes) - bytes, file);
}

static uint32_t option_bytes(size_t bytes)
{
	return 4 + padded(bytes);
}

#define END_BYTES 4

static void put_option(FILE *file, uint16_t code, const void *data, uint16_t bytes)
{
	put16(file, code);
	put16(file, bytes);
	put_padded(file, data, bytes);
	put32(file, 0); /* end of options */
}

static int result_of(FILE *file)
{
	return ferror(file) ? -EIO : 0;
}

int pcapng_begin(FILE *file, const char *application)
{
	uint32_t bytes = 28 + option_bytes(strlen(application)) + END_BYTES;
	const uint8_t resolution = NANOSECONDS;

	put32(file, SECTION);
	put32(file, bytes);
	put32(file, BYTE_ORDER_MAGIC);
	put16(file, 1); /* version 1.0 */
	put16(file, 0);
	put32(file, UINT32_MAX); /* length unknown */
	put32(file, UINT32_MAX);
	put_option(file, OPTION_APPLICATION, application, strlen(application));
	put32(file, bytes);

	bytes = 20 + option_bytes(sizeof(resolution)) + END_BYTES;
	put32(file, INTERFACE);
	put32(file, bytes);
	put16(file, LINKTYPE_ETHERNET);
	put16(file, 0);
	put32(file, 0); /* no snapshot length */
	put_option(file, OPTION_TSRESOL, &resolution, sizeof(resolution));
	put32(file, bytes);
	return result_of(file);
}

int pcapng_packet(FILE *file, uint64_t time_ns, const void *packet, uint32_t bytes,
		  uint32_t frame_bytes, const char *comment)
{
	uint32_t total = 32 + padded(bytes) + option_bytes(strlen(comment)) + END_BYTES;

	put32(file, ENHANCED_PACKET);
	put32(file, total);
	put32(file, 0); /* the interface */
	put32(file, time_ns >> 32);
	put32(file, (uint32_t)time_ns);
	put32(file, bytes);
	put32(file, frame_bytes);
	put_padded(file, packet, bytes);
	put_option(file, OPTION_COMMENT, comment, strlen(comment));
	put32(file, total);
	return result_of(file);
}
