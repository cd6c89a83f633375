/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_SERVICE_INDEX_H
#define STEER_SERVICE_INDEX_H

#include <linux/types.h>

#include "steer/byte_order.h"
#include "steer/maps.h"

/**
 * DOC: the services of addresses and ports once more, where one read of an array finds them.
 *
 * Inner map of steer_index: buckets, of which an address, protocol and port name one. It is asked
 * first, and has nothing that steer_vips and steer_services do not have, too, once a change is
 * through. A service that is not here (its bucket is full; it is of a prefix, or of any port) is
 * looked up there. Each change makes a new inner map, so a packet sees no service half.
 */
#define STEER_INDEX_SHIFT 12
#define STEER_INDEX_SETS (1 << STEER_INDEX_SHIFT)
#define STEER_INDEX_WAYS 4

struct steer_index_entry {
	struct steer_addr addr;
	__be16 port; /* 0: an unused slot */
	__u8 protocol;
	__u8 pad;
	struct steer_service service;
};
_Static_assert(sizeof(struct steer_index_entry) == 32, "shared layout, two per cache line");

struct steer_index_set {
	struct steer_index_entry slot[STEER_INDEX_WAYS]; /* used ones first */
};
_Static_assert(sizeof(struct steer_index_set) == 128, "shared layout");

/* Odd and without a pattern; a product's upper bits depend on all bits of the factors. */
#define STEER_INDEX_FACTOR_HIGH 0x9fb21c651e98df25ULL
#define STEER_INDEX_FACTOR_LOW 0xd6e8feb86659fd93ULL
#define STEER_INDEX_FACTOR_PORT 0xa0761d6478bd642fULL

/**
 * steer_index_set_of - where a service is, if it is in the index.
 * @high, @low: first and last half of the address, each as two words of 32 bits in memory
 * @port: protocol << 16 | port, as it is in memory
 *
 * Keys are what the operator has configured, so nobody else can make a bucket full.
 */
static inline __attribute__((always_inline)) __u32 steer_index_set_of(__u64 high, __u64 low,
								      __u32 port)
{
	__u64 x = high * STEER_INDEX_FACTOR_HIGH + low * STEER_INDEX_FACTOR_LOW +
		  port * STEER_INDEX_FACTOR_PORT;

	x ^= x >> 32;
	return x * STEER_INDEX_FACTOR_LOW >> (64 - STEER_INDEX_SHIFT);
}

#endif
