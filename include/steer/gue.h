/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_GUE_H
#define STEER_GUE_H

#include <linux/types.h>

/**
 * DOC: GUE version 0 as Steer's nodes speak it (draft-ietf-intarea-gue-09, section 3).
 *
 * Four bytes of GUE header, no extension fields, eight bytes of private data. The tag makes a node
 * accept only what another node of the cluster has wrapped: an outsider who can reach the port can
 * neither inject packets past a filter in front of the nodes nor forge the hop count.
 *
 * The tag is SipHash-2-4 under the tag key of these 40 bytes: private_type, hop, view, the
 * inner source and destination port (0 where there are none) as on the wire, the inner source and
 * destination address (IPv4 as ::ffff:a.b.c.d). Of an ICMP error, ports and addresses are those of
 * the flow it is about, from the client to the service.
 */
#define STEER_GUE_PORT 6080
#define STEER_GUE_HLEN 2       /* private data, in 32-bit words; version 0 and C 0 are zero bits */
#define STEER_GUE_PRIVATE 0x51 /* first private byte: type 5, version 1 */

struct steer_gue {
	__u8 hlen;     /* version (2 bits), C (1 bit), length (5 bits) */
	__u8 protocol; /* IPPROTO_IPIP or IPPROTO_IPV6 */
	__be16 flags;
	__u8 private_type;
	__u8 hop;    /* enum steer_hop */
	__be16 view; /* the sender's, as the comment on STEER_VIEW_NONE says */
	__u32 tag;   /* the first four bytes of the hash, in the order the paper outputs them */
};
_Static_assert(sizeof(struct steer_gue) == 12, "wire layout");

#endif
