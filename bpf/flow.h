/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_FLOW_H
#define STEER_BPF_FLOW_H

#include "parse.h"
#include "steer/siphash.h"

/**
 * DOC: stage 4, the flow hash: SipHash-1-3 under the cluster's flow key.
 *
 * Keyed, or an outsider could choose ports that all lead to one node. IPv4 hashes two words, IPv6
 * five: the mapped form of an address is not hashed where four bytes say the same.
 */

__inline __u64 steer_word(__u32 low, __u32 high)
{
	return (__u64)high << 32 | low;
}

__inline __u64 steer_flow_hash(const struct steer_packet *p, const struct steer_key *key, __u8 kind)
{
	struct steer_siphash s;
	__u32 bytes;

	steer_sip_init(&s, key);
	if (p->ipv4) {
		__u32 dst = kind == STEER_HASH_SOURCE ? 0 : p->dst.word[3];

		steer_sip_word(&s, steer_word(p->src.word[3], dst), 1);
		bytes = 8;
	} else {
		steer_sip_word(&s, steer_word(p->src.word[0], p->src.word[1]), 1);
		steer_sip_word(&s, steer_word(p->src.word[2], p->src.word[3]), 1);
		bytes = 16;
		if (kind != STEER_HASH_SOURCE) {
			steer_sip_word(&s, steer_word(p->dst.word[0], p->dst.word[1]), 1);
			steer_sip_word(&s, steer_word(p->dst.word[2], p->dst.word[3]), 1);
			bytes = 32;
		}
	}
	if (kind != STEER_HASH_SOURCE) {
		steer_sip_word(&s, steer_word(p->sport | (__u32)p->dport << 16, p->protocol), 1);
		bytes += 8;
	}
	return steer_sip_end(&s, bytes, 1);
}

#endif
