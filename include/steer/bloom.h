/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BLOOM_H
#define STEER_BLOOM_H

#include <linux/types.h>

#include "steer/byte_order.h"

/**
 * DOC: which lookups would find nothing, told by one bit: most packets are for no virtual address
 * or from no node, and a bit of an array costs a tenth of a lookup in a hash map.
 *
 * Value of steer_bloom. A bit that is not set says that no key with this place is in the map; one
 * that is set says nothing. So bits are set before keys are written, and cleared after all of their
 * keys are gone. Places need not be hard to guess: who hits a bit makes the lookup happen, no more.
 */
#define STEER_BLOOM_VIPS_SHIFT 15
#define STEER_BLOOM_MACS_SHIFT 13

struct steer_bloom {
	__u64 vips[1 << (STEER_BLOOM_VIPS_SHIFT - 6)]; /* of steer_vips */
	__u64 macs[1 << (STEER_BLOOM_MACS_SHIFT - 6)]; /* of steer_macs */
};
_Static_assert(sizeof(struct steer_bloom) == 5120, "shared layout");

#define STEER_BLOOM_FACTOR 0x9e3779b1U /* about the golden section of 2^32 */

/* @word: the four words of the address */
static inline __attribute__((always_inline)) __u32 steer_bloom_vip(const __be32 *word)
{
	__u32 all = steer_raw32(word[0] ^ word[1] ^ word[2] ^ word[3]);

	return all * STEER_BLOOM_FACTOR >> (32 - STEER_BLOOM_VIPS_SHIFT);
}

/* @last: the last four bytes of the MAC, as they are in memory */
static inline __attribute__((always_inline)) __u32 steer_bloom_mac(__u32 last)
{
	return last * STEER_BLOOM_FACTOR >> (32 - STEER_BLOOM_MACS_SHIFT);
}

static inline __attribute__((always_inline)) int steer_bloom_has(const __u64 *bits, __u32 place)
{
	return bits[place >> 6] >> (place & 63) & 1;
}

static inline __attribute__((always_inline)) void steer_bloom_set(__u64 *bits, __u32 place)
{
	bits[place >> 6] |= 1ULL << (place & 63);
}

#endif
