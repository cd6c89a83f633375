/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_TAG_H
#define STEER_BPF_TAG_H

#include "flow.h"
#include "parse.h"
#include "steer/gue.h"
#include "steer/siphash.h"

/**
 * DOC: the tag of an encapsulated packet; include/steer/gue.h says over what.
 */
__inline __u32 steer_gue_tag(const struct steer_packet *inner, const struct steer_key *key,
			     __u8 hop, __be16 generation)
{
	__u64 word[5];

	word[0] = steer_word(STEER_GUE_PRIVATE | (__u32)hop << 8 | (__u32)generation << 16,
			     inner->sport | (__u32)inner->dport << 16);
	word[1] = steer_word(inner->src.word[0], inner->src.word[1]);
	word[2] = steer_word(inner->src.word[2], inner->src.word[3]);
	word[3] = steer_word(inner->dst.word[0], inner->dst.word[1]);
	word[4] = steer_word(inner->dst.word[2], inner->dst.word[3]);
	return (__u32)steer_siphash24(key, word, 5);
}

#endif
