/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_GUE_H
#define STEER_GUE_H

#include <linux/types.h>

#include "steer/siphash.h"

/**
 * DOC: GUE version 0 as Steer's nodes speak it (draft-ietf-intarea-gue-09, section 3).
 *
 * Four bytes of GUE header, no extension fields, eight bytes of private data. The tag makes a node
 * accept only what another node of the cluster has wrapped: an outsider who can reach the port can
 * neither inject packets past a filter in front of the nodes nor forge the hop count.
 *
 * The tag is SipHash-1-3 under the tag key of seven bytes: the first five of the inner flow's hash,
 * hop and epoch. That hash, SipHash-1-3 under the flow key, is of addresses (4 or 16 bytes each),
 * ports and protocol, of which a later fragment has none (five zero bytes); nodes mostly need it
 * anyway. Of an ICMP error, the flow is the one it is about, from the client to the service. To
 * hash first and then sign the hash is the construction of Carter and Wegman ("New hash functions
 * and their use in authentication and set equality", 1981); fewer rounds than 2-4 do for both, as
 * nobody outside sees all of what the second one signs.
 */
#define STEER_GUE_PORT 6080
#define STEER_GUE_HLEN 2       /* private data, in 32-bit words; version 0 and C 0 are zero bits */
#define STEER_GUE_PRIVATE 0x52 /* first private byte: type 5, version 2 */

struct steer_gue {
	__u8 hlen;     /* version (2 bits), C (1 bit), length (5 bits) */
	__u8 protocol; /* IPPROTO_IPIP or IPPROTO_IPV6 */
	__be16 flags;
	__u8 private_type;
	__u8 hop;	/* enum steer_hop */
	__u8 epoch;	/* the sender's, as the comment on STEER_EPOCH_NONE says */
	__u8 reserved;	/* 0 */
	__u32 auth_tag; /* the first four bytes of the hash, in the order the paper outputs them */
};
_Static_assert(sizeof(struct steer_gue) == 12, "wire layout");

#define STEER_GUE_DIGEST_BITS 40
#define STEER_GUE_DIGEST_MASK ((1ULL << STEER_GUE_DIGEST_BITS) - 1)

/**
 * steer_gue_auth_tag - what shows that a node has wrapped a packet.
 * @digest: the hash of the inner packet's flow
 * @key: the tag key
 */
static inline __attribute__((always_inline)) __u32
steer_gue_auth_tag(__u64 digest, const struct steer_key *key, __u8 hop, __u8 epoch)
{
	__u64 hops = hop | (__u32)epoch << 8;
	struct steer_siphash s;

	steer_sip_init(&s, key);
	return steer_sip_tail(&s, (digest & STEER_GUE_DIGEST_MASK) | hops << STEER_GUE_DIGEST_BITS,
			      7, 1);
}

#endif
