/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_SERVICE_INDEX_H
#define STEER_SERVICE_INDEX_H

#include <linux/types.h>

#include "steer/byte_order.h"
#include "steer/maps.h"

/**
 * DOC: A 4-way set-associative index of exact (VIP, protocol, port) → service.
 *
 * One read of an array finds a service that costs two lookups in hash maps otherwise. Inner map of
 * steer_index: an array of sets, of which a VIP, protocol and port name one. The index is read
 * first, and holds nothing that steer_vips and steer_services do not hold, too, once a change is
 * complete. A service that the index does not hold (its set is full; it is of a prefix, or of any
 * port) is found there. Each change makes a new inner map, so no packet sees half of a change.
 */
#define STEER_INDEX_SHIFT 12
#define STEER_INDEX_SETS (1 << STEER_INDEX_SHIFT)
#define STEER_INDEX_WAYS 4

struct steer_index_entry {
	struct steer_addr addr;
	__be16 port; /* 0: unused */
	__u8 protocol;
	__u8 pad;
	struct steer_service service;
};
_Static_assert(sizeof(struct steer_index_entry) == 32, "shared layout, two per cache line");

struct steer_index_set {
	struct steer_index_entry entry[STEER_INDEX_WAYS]; /* used ones first */
};
_Static_assert(sizeof(struct steer_index_set) == 128, "shared layout");

/* Odd and without a pattern; a product's upper bits depend on all bits of the factors. */
#define STEER_INDEX_FACTOR_HIGH 0x9fb21c651e98df25ULL
#define STEER_INDEX_FACTOR_LOW 0xd6e8feb86659fd93ULL
#define STEER_INDEX_FACTOR_PORT 0xa0761d6478bd642fULL

/**
 * steer_index_set_of - the set that holds a service, if the index has it.
 * @high, @low: first and last half of the address, each as two words of 32 bits in memory
 * @port: protocol << 16 | port, as it is in memory
 *
 * Only the operator's configuration makes keys, so an outsider cannot fill a set.
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
