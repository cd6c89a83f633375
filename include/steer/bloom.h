/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BLOOM_H
#define STEER_BLOOM_H

#include <linux/types.h>

#include "steer/byte_order.h"

/**
 * DOC: A one-hash Bloom filter in front of steer_vips and steer_macs.
 *
 * Most packets are for no virtual address or from no node, and a bit of an array costs a tenth of a
 * lookup in a hash map. A bit that is not set means that no key with this hash is in the map; a bit
 * that is set means nothing. So a bit is set before its keys are written, and cleared after all of
 * them are gone. The hash need not be hard to guess: a sender that hits a set bit causes the
 * lookup, and no more. Value of steer_bloom.
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

static inline __attribute__((always_inline)) int steer_bloom_has(const __u64 *bits, __u32 bit)
{
	return bits[bit >> 6] >> (bit & 63) & 1;
}

static inline __attribute__((always_inline)) void steer_bloom_set(__u64 *bits, __u32 bit)
{
	bits[bit >> 6] |= 1ULL << (bit & 63);
}

#endif
