/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BYTE_ORDER_H
#define STEER_BYTE_ORDER_H

#include <linux/types.h>

/**
 * DOC: values in network byte order, taken as bytes.
 *
 * A hash, an index and a checksum are made of bytes as they are in memory, and not of numbers.
 * These functions say so. Everywhere else, sparse wants a conversion (tools/check sparse).
 */
#ifdef __CHECKER__
#define __force __attribute__((force))
#else
#define __force
#endif

static inline __attribute__((always_inline)) __u16 steer_raw16(__be16 value)
{
	return (__force __u16)value;
}

static inline __attribute__((always_inline)) __u32 steer_raw32(__be32 value)
{
	return (__force __u32)value;
}

#endif
