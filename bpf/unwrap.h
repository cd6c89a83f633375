/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_UNWRAP_H
#define STEER_BPF_UNWRAP_H

#include <linux/udp.h>

#include "service.h"
#include "tag.h"

/**
 * DOC: stage 2, packets another node has wrapped for this one: checked, then unwrapped.
 *
 * What comes out goes on through the stages like any packet, with the hop it has made, which ends a
 * disagreement of nodes about its owner. Every reason to refuse one has its own verdict.
 */

/* The inner packet, and the GUE header in front of it, if this is Steer's GUE at all. */
__inline int steer_parse_gue(const struct steer_packet *outer, void *data, void *data_end,
			     struct steer_packet *inner, struct steer_gue **ret_gue)
{
	struct steer_gue *gue = data + outer->l4_offset + sizeof(struct udphdr);
	__u32 offset = outer->l4_offset + sizeof(struct udphdr) + sizeof(*gue);
	int verdict;

	if ((void *)(gue + 1) > data_end)
		return STEER_V_DROP_GUE_MALFORMED;
	if (gue->hlen != STEER_GUE_HLEN || gue->flags || gue->private_type != STEER_GUE_PRIVATE)
		return STEER_V_DROP_GUE_MALFORMED;
	inner->sport = 0;
	inner->dport = 0;
	if (gue->protocol == IPPROTO_IPIP)
		verdict = steer_parse_ipv4(inner, data, data_end, offset);
	else if (gue->protocol == IPPROTO_IPV6)
		verdict = steer_parse_ipv6(inner, data, data_end, offset);
	else
		verdict = STEER_V_DROP_GUE_MALFORMED;
	if (verdict != STEER_CONTINUE)
		return STEER_V_DROP_GUE_MALFORMED;
	/* The inner packet must lie within the outer one, not reach into padding behind it. */
	if (offset + inner->ip_bytes > (__u32)outer->ip_offset + outer->ip_bytes)
		return STEER_V_DROP_GUE_MALFORMED;
	*ret_gue = gue;
	return STEER_CONTINUE;
}

/* IPv4 with all its options, UDP and GUE: a bound for the verifier; longer is not ours. */
#define STEER_STRIP_MAX_BYTES 128

/* Cut everything between the Ethernet header and the inner packet. */
__inline int steer_strip(struct xdp_md *ctx, void *data, void *data_end, struct steer_packet *inner)
{
	__u32 strip = inner->ip_offset - sizeof(struct ethhdr);
	struct ethhdr *old = data, *eth;

	if (strip > STEER_STRIP_MAX_BYTES)
		return STEER_V_DROP_GUE_MALFORMED;
	eth = data + strip;
	if ((void *)(old + 1) > data_end || (void *)(eth + 1) > data_end)
		return STEER_V_DROP_GUE_MALFORMED;
	steer_copy_mac(eth->h_dest, old->h_dest);
	steer_copy_mac(eth->h_source, old->h_source);
	eth->h_proto = inner->ipv4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6);
	if (bpf_xdp_adjust_head(ctx, strip))
		return STEER_V_DROP_INTERNAL;
	inner->ip_offset -= strip;
	inner->l4_offset -= strip;
	return STEER_CONTINUE;
}

/* The packet becomes the inner one, which goes on through the stages. */
__inline int steer_unwrap(struct xdp_md *ctx, const struct steer_settings *settings,
			  struct steer_packet *p)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	struct steer_packet inner = {};
	struct steer_gue *gue;
	int verdict;

	verdict = steer_parse_gue(p, data, data_end, &inner, &gue);
	if (verdict != STEER_CONTINUE)
		return verdict;
	steer_parse_ports(&inner, data, data_end);
	if (gue->tag != steer_gue_tag(&inner, &settings->tag_key, gue->hop, gue->generation))
		return STEER_V_DROP_GUE_TAG;
	if (gue->hop == 0 || gue->hop > STEER_HOP_LIMIT)
		return STEER_V_DROP_GUE_HOPS;
	inner.hop = gue->hop;
	*p = inner;
	return steer_strip(ctx, data, data_end, p);
}

#endif
