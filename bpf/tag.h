/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_TAG_H
#define STEER_BPF_TAG_H

#include "hash.h"
#include "parse.h"
#include "steer/gue.h"
#include "steer/siphash.h"

/**
 * DOC: the tag of an encapsulated packet; include/steer/gue.h says over what.
 */
__inline __u32 steer_gue_tag(const struct steer_packet *inner, const struct steer_key *key,
			     __u8 hop, __be16 view)
{
	const struct steer_flow *flow = &inner->flow;
	__u32 ports = flow->sport | (__u32)flow->dport << 16;
	__u64 word[5];

	/* Known to who has seen the first fragment, not to who gets this one. */
	if (inner->piece == STEER_LATER)
		ports = 0;
	word[0] = steer_word(STEER_GUE_PRIVATE | (__u32)hop << 8 | (__u32)view << 16, ports);
	word[1] = steer_word(flow->src.word[0], flow->src.word[1]);
	word[2] = steer_word(flow->src.word[2], flow->src.word[3]);
	word[3] = steer_word(flow->dst.word[0], flow->dst.word[1]);
	word[4] = steer_word(flow->dst.word[2], flow->dst.word[3]);
	return (__u32)steer_siphash24(key, word, 5);
}

#endif
