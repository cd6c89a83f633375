/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_HASH_H
#define STEER_BPF_HASH_H

#include "parse.h"
#include "steer/siphash.h"

/**
 * DOC: Stage 4, the flow hash: SipHash-1-3 under the cluster's flow key.
 *
 * The hash has a key, or an outsider could choose ports that all lead to one node. The input is 13
 * bytes for IPv4 and 37 for IPv6: an IPv4 address is hashed as its four bytes, not in its mapped
 * form.
 */

/* The hash of both addresses and five more bytes, @last. */
static __always_inline __u64 steer_hash_pair(const struct steer_packet *p,
					     const struct steer_key *key, __u64 last)
{
	const struct steer_addr *src = &p->flow.src, *dst = &p->flow.dst;
	struct steer_siphash s;
	__u32 bytes = 8 + 5;

	steer_sip_init(&s, key);
	if (p->ipv4) {
		steer_sip_word(&s, steer_word(src->word[3], dst->word[3]), 1);
	} else {
		steer_sip_word(&s, steer_word(src->word[0], src->word[1]), 1);
		steer_sip_word(&s, steer_word(src->word[2], src->word[3]), 1);
		steer_sip_word(&s, steer_word(dst->word[0], dst->word[1]), 1);
		steer_sip_word(&s, steer_word(dst->word[2], dst->word[3]), 1);
		bytes = 32 + 5;
	}
	return steer_sip_tail(&s, last, bytes, 1);
}

/* The five bytes of ports and protocol. */
static __always_inline __u64 steer_ports(const struct steer_flow *flow)
{
	return (__u64)flow->protocol << 32 | (__u32)steer_raw16(flow->dport) << 16 |
	       steer_raw16(flow->sport);
}

/* The first @bits bits of a word of an address; the others are zero. */
static __always_inline __be32 steer_mask(__be32 word, int bits)
{
	if (bits >= 32)
		return word;
	if (bits <= 0)
		return 0;
	return word & bpf_htonl(~0U << (32 - bits));
}

static __always_inline __u64 steer_hash_source(const struct steer_packet *p,
					       const struct steer_key *key, int bits4, int bits6)
{
	const struct steer_addr *src = &p->flow.src;
	struct steer_siphash s;

	steer_sip_init(&s, key);
	if (p->ipv4)
		return steer_sip_tail(&s, steer_raw32(steer_mask(src->word[3], bits4)), 4, 1);
	steer_sip_word(
		&s,
		steer_word(steer_mask(src->word[0], bits6), steer_mask(src->word[1], bits6 - 32)),
		1);
	steer_sip_word(&s,
		       steer_word(steer_mask(src->word[2], bits6 - 64),
				  steer_mask(src->word[3], bits6 - 96)),
		       1);
	return steer_sip_end(&s, 16, 1);
}

/* The hash of the source address or prefix. */
__global_fn __u64 steer_hash_other(const struct steer_packet *p, const struct steer_key *key,
				   const struct steer_service *service)
{
	if (!p || !key || !service)
		return 0;
	if (service->hash_kind == STEER_HASH_SOURCE)
		return steer_hash_source(p, key, 32, 128);
	return steer_hash_source(p, key, service->prefix4_bits, service->prefix6_bits);
}

static __always_inline int steer_hashes_tuple(const struct steer_service *service)
{
	return service->hash_kind != STEER_HASH_SOURCE && service->hash_kind != STEER_HASH_PREFIX;
}

static __always_inline __u64 steer_flow_hash(const struct steer_packet *p,
					     const struct steer_key *key,
					     const struct steer_service *service)
{
	if (!steer_hashes_tuple(service))
		return steer_hash_other(p, key, service);
	return steer_hash_pair(p, key, steer_ports(&p->flow));
}

#endif
