/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_CHECKSUM_H
#define STEER_BPF_CHECKSUM_H

#include "parse.h"

/**
 * DOC: The Internet checksum (RFC 1071).
 */

/* Folds a 32-bit one's complement sum and complements it, as a header has it. */
static __always_inline __sum16 steer_csum_fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__force __sum16)~sum;
}

/* The checksum of an IPv4 header without options whose check field is zero. */
static __always_inline __sum16 steer_csum_ipv4(const struct iphdr *ip)
{
	const __u16 *half = (const __u16 *)ip;
	__u32 sum = 0;
	__u32 i;

#pragma unroll
	for (i = 0; i < sizeof(*ip) / 2; i++)
		sum += half[i];
	return steer_csum_fold(sum);
}

/* The new checksum when a 16-bit word that @check covers has changed (RFC 1624). */
static __always_inline __sum16 steer_csum_replace(__sum16 check, __be16 from, __be16 to)
{
	return steer_csum_fold((__u16) ~(__force __u16)check + (__u16)~steer_raw16(from) +
			       (__u32)steer_raw16(to));
}

/* Decrements the TTL and updates the checksum (RFC 1141). */
static __always_inline void steer_decrease_ttl(struct iphdr *ip)
{
	__u32 check = (__force __u16)ip->check + steer_raw16(bpf_htons(0x0100));

	ip->check = (__force __sum16)(check + (check >= 0xffff));
	ip->ttl--;
}

#endif
