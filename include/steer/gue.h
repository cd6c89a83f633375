/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_GUE_H
#define STEER_GUE_H

#include <linux/types.h>

#include "steer/siphash.h"

/**
 * DOC: GUE version 0 as Steer's nodes speak it (draft-ietf-intarea-gue-09, section 3).
 *
 * The header is four bytes of GUE without extension fields, and eight bytes of private data. The
 * authentication tag makes a node accept only what another node of the cluster has encapsulated: an
 * outsider that can reach the port can neither inject packets past a filter in front of the nodes
 * nor forge the hop.
 *
 * The tag is SipHash-1-3 under the tag key. Its input is seven bytes: the first five of the inner
 * flow's hash, the hop and the epoch. The flow's hash is SipHash-1-3 under the flow key, of the
 * addresses (4 or 16 bytes each), ports and protocol; a later fragment has five zero bytes in place
 * of ports and protocol. Most nodes need this hash anyway. The flow of an ICMP error is the one
 * that the error is about, from the client to the service. To hash first and to sign the hash is
 * the construction of Carter and Wegman ("New hash functions and their use in authentication and
 * set equality", 1981). Fewer rounds than 2-4 are enough for both, as no outsider sees all of the
 * input of the second hash.
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
	__u8 epoch;	/* the sender's; see STEER_EPOCH_NONE */
	__u8 reserved;	/* 0 */
	__u32 auth_tag; /* the first four bytes of the hash, in the order the paper outputs them */
};
_Static_assert(sizeof(struct steer_gue) == 12, "wire layout");

#define STEER_GUE_DIGEST_BITS 40
#define STEER_GUE_DIGEST_MASK ((1ULL << STEER_GUE_DIGEST_BITS) - 1)

/**
 * steer_gue_auth_tag - the proof that a node of the cluster has encapsulated a packet.
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
