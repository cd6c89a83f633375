/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_QUIC_CID_H
#define STEER_BPF_QUIC_CID_H

#include "l4.h"
#include "owner.h"

/**
 * DOC: QUIC connection id: it names the server, so a connection survives when its client moves to
 * another address.
 *
 * The code relies only on what every version of QUIC has (RFC 8999): the connection id of a short
 * header begins at its second byte. Our servers choose this id. Its first octet has the config
 * rotation in the upper three bits, and the server id follows in plaintext
 * (draft-ietf-quic-load-balancers, section 5.1). The id of a long header may be the client's
 * choice. Such a packet goes by the 5-tuple, and so does a packet whose id names no node that can
 * have the connection. The id comes before an entry of a flow table, and changes it.
 */
#define STEER_QUIC_LONG 0x80
#define STEER_QUIC_CID_ROTATION_SHIFT 5

/* Return: the node that the connection id names, or STEER_NODE_NONE. */
static __always_inline __u32 steer_read_quic_cid(const struct xdp_md *ctx,
						 const struct steer_packet *p,
						 const struct steer_service *service)
{
	__u8 *quic = steer_at(ctx, p->l4_offset + STEER_UDP_BYTES, 2);
	__u32 bytes = service->cid_bytes;
	__u64 id = 0;
	__u32 i;

	if (p->flow.protocol != IPPROTO_UDP || p->is_error || p->piece == STEER_LATER || !quic ||
	    *quic & STEER_QUIC_LONG ||
	    quic[1] >> STEER_QUIC_CID_ROTATION_SHIFT != service->cid_rotation ||
	    STEER_UDP_BYTES + 2 + bytes > steer_l4_bytes(p))
		return STEER_NODE_NONE;
	for (i = 0; i < STEER_CID_BYTES_MAX; i++) {
		__u8 *byte;

		if (i >= bytes)
			break;
		byte = steer_checked(ctx, quic + 2 + i, sizeof(*byte));
		if (!byte)
			return STEER_NODE_NONE;
		id = id << 8 | *byte;
	}
	return id < STEER_MAX_NODES ? id : STEER_NODE_NONE;
}

/* The node that the connection id names owns the flow, if it can. Return: whether it does. */
static __always_inline int steer_follow_quic_cid(struct xdp_md *ctx, const struct steer_packet *p,
						 const struct steer_service *service,
						 struct steer_choice *choice)
{
	__u32 node = steer_read_quic_cid(ctx, p, service);

	if (!node || !steer_keeps_flows(steer_state_of(choice->states, node)))
		return 0;
	choice->owner = node;
	return 1;
}

#endif
