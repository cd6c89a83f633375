/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_DECAP_H
#define STEER_BPF_DECAP_H

#include <linux/udp.h>

#include "checksum.h"
#include "ethernet.h"
#include "gue_auth.h"
#include "l4.h"
#include "maps.h"
#include "peer.h"

/**
 * DOC: Stage 2, GUE decapsulation: packets that another node has encapsulated for this one.
 *
 * The outer headers are checked and removed. The inner packet goes on through the stages like any
 * other, with the hop that the GUE header has; nodes that disagree about the owner stop there. Each
 * reason to refuse a packet has its own verdict. What no node has sent, or is no GUE of Steer's, is
 * this host's: it may use the port for something else.
 */
#define STEER_ECN 0x03
#define STEER_ECN_NONE 0
#define STEER_ECN_ECT1 1
#define STEER_ECN_ECT0 2
#define STEER_ECN_CE 3

/* The GUE header, if a node has sent it and it is Steer's; else NULL. */
static __always_inline struct steer_gue *steer_find_gue(const struct xdp_md *ctx,
							const struct steer_packet *outer,
							struct steer_packet *inner)
{
	struct steer_gue *gue =
		steer_at(ctx, outer->l4_offset + sizeof(struct udphdr), sizeof(*gue));
	const struct steer_peer *peer = steer_find_peer(outer);

	if (!gue || !peer || gue->hlen != STEER_GUE_HLEN || gue->flags || gue->reserved ||
	    gue->private_type != STEER_GUE_PRIVATE)
		return NULL;
	inner->from = peer->node;
	return gue;
}

/* Parses the inner packet. */
static __always_inline int steer_parse_inner(const struct xdp_md *ctx,
					     const struct steer_packet *outer,
					     const struct steer_gue *gue,
					     struct steer_packet *inner)
{
	__u32 offset = outer->l4_offset + sizeof(struct udphdr) + sizeof(*gue);
	int verdict;

	if (gue->protocol == IPPROTO_IPIP)
		verdict = steer_parse_ipv4(ctx, inner, offset);
	else if (gue->protocol == IPPROTO_IPV6)
		verdict = steer_parse_ipv6(ctx, inner, offset);
	else
		verdict = STEER_V_DROP_GUE_MALFORMED;
	if (verdict != STEER_CONTINUE)
		return STEER_V_DROP_GUE_MALFORMED;
	/* The inner packet must lie within the outer one, and not reach into padding behind it. */
	if (offset + inner->ip_bytes > (__u32)outer->ip_offset + outer->ip_bytes)
		return STEER_V_DROP_GUE_MALFORMED;
	return STEER_CONTINUE;
}

static __always_inline int steer_is_authentic(const struct steer_settings *settings,
					      const struct steer_gue *gue,
					      const struct steer_packet *inner)
{
	__u64 digest = steer_digest(inner, &settings->flow_key);

	return gue->auth_tag ==
		       steer_gue_auth_tag(digest, &settings->auth_key[0], gue->hop, gue->epoch) ||
	       gue->auth_tag ==
		       steer_gue_auth_tag(digest, &settings->auth_key[1], gue->hop, gue->epoch);
}

/* Checks that a node of the cluster has sent the packet. */
static __always_inline int steer_check_gue(const struct steer_settings *settings,
					   const struct steer_packet *inner,
					   const struct steer_gue *gue)
{
	if (!steer_is_authentic(settings, gue, inner))
		return STEER_V_DROP_GUE_TAG;
	if (gue->hop == STEER_HOP_NONE || gue->hop > STEER_HOP_LIMIT)
		return STEER_V_DROP_GUE_HOP_LIMIT;
	return STEER_CONTINUE;
}

static __always_inline void steer_set_ecn(const struct xdp_md *ctx, struct steer_packet *inner,
					  __u8 ecn)
{
	__u8 tos = (inner->tos & ~STEER_ECN) | ecn;

	if (inner->ipv4) {
		struct iphdr *ip = steer_ip_at(ctx, inner, sizeof(*ip));

		if (!ip)
			return;
		ip->check = steer_csum_replace(ip->check, bpf_htons(inner->tos), bpf_htons(tos));
		ip->tos = tos;
	} else {
		struct ipv6hdr *ip = steer_ip_at(ctx, inner, sizeof(*ip));

		if (!ip)
			return;
		ip->flow_lbl[0] = (ip->flow_lbl[0] & 0xcf) | ecn << 4;
	}
	inner->tos = tos;
}

/* Carries congestion marks from the outer header to the inner one (RFC 6040, section 4.2). */
static __always_inline int steer_carry_ecn(const struct xdp_md *ctx,
					   const struct steer_packet *outer,
					   struct steer_packet *inner)
{
	__u8 ecn = outer->tos & STEER_ECN;

	if (ecn == STEER_ECN_CE && (inner->tos & STEER_ECN) == STEER_ECN_NONE)
		return STEER_V_DROP_GUE_ECN;
	if ((ecn == STEER_ECN_CE && (inner->tos & STEER_ECN) != STEER_ECN_CE) ||
	    (ecn == STEER_ECN_ECT1 && (inner->tos & STEER_ECN) == STEER_ECN_ECT0))
		steer_set_ecn(ctx, inner, ecn);
	return STEER_CONTINUE;
}

/* IPv4 with all its options, UDP and GUE are shorter: a bound that the verifier needs. */
#define STEER_STRIP_MAX_BYTES 128

/* Removes everything between the Ethernet header and the inner packet. */
static __always_inline int steer_strip(struct xdp_md *ctx, const struct steer_packet *outer,
				       struct steer_packet *inner)
{
	__u32 strip = inner->ip_offset - outer->ip_offset;
	void *from, *to;

	if (strip > STEER_STRIP_MAX_BYTES)
		return STEER_V_DROP_GUE_MALFORMED;
	from = steer_at(ctx, 0, STEER_ETHERNET_MAX_BYTES);
	to = steer_at(ctx, strip, STEER_ETHERNET_MAX_BYTES);
	if (!from || !to)
		return STEER_V_DROP_GUE_MALFORMED;
	steer_move_ethernet(to, from, outer->ip_offset);
	steer_set_ethertype(to, outer->ip_offset,
			    inner->ipv4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6));
	if (bpf_xdp_adjust_head(ctx, strip))
		return STEER_V_DROP_INTERNAL;
	inner->ip_offset -= strip;
	inner->l4_offset -= strip;
	return STEER_CONTINUE;
}

/* Return: STEER_CONTINUE, and @p is the inner packet; or a verdict. */
static __always_inline int steer_decap(struct xdp_md *ctx, const struct steer_settings *settings,
				       struct steer_packet *p)
{
	struct steer_packet outer = *p, inner = {};
	struct steer_gue *gue;
	int verdict;

	gue = steer_find_gue(ctx, &outer, &inner);
	if (!gue)
		return STEER_V_PASS_GUE_FOREIGN;
	verdict = steer_parse_inner(ctx, &outer, gue, &inner);
	if (verdict != STEER_CONTINUE)
		return verdict;
	inner.l4_verdict = steer_parse_l4(ctx, &inner);
	inner.decapsulated = 1;
	inner.hop = gue->hop;
	inner.epoch = gue->epoch;
	verdict = steer_check_gue(settings, &inner, gue);
	if (verdict == STEER_CONTINUE)
		verdict = steer_carry_ecn(ctx, &outer, &inner);
	if (verdict != STEER_CONTINUE)
		return verdict;
	*p = inner;
	return steer_strip(ctx, &outer, p);
}

#endif
