/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_WRAP_H
#define STEER_BPF_WRAP_H

#include <linux/udp.h>

#include "checksum.h"
#include "maps.h"
#include "tag.h"

/**
 * DOC: stage 6, GUE: the packet as it is, inside UDP to the owner.
 *
 * The source port carries the flow hash, so that the receiver's queues and the fabric's ECMP spread
 * flows. No UDP checksum: the inner packet has its own, and for IPv6 RFC 6935 allows it to tunnels.
 */
#define STEER_OUTER_TTL 64
#define STEER_ENTROPY_PORT 0xc000 /* 49152 … 65535 */

#define STEER_WRAP_IPV4 (sizeof(struct iphdr) + sizeof(struct udphdr) + sizeof(struct steer_gue))
#define STEER_WRAP_IPV6 (sizeof(struct ipv6hdr) + sizeof(struct udphdr) + sizeof(struct steer_gue))

__inline void steer_fill_eth(struct ethhdr *eth, const struct steer_node *node, __be16 protocol)
{
	steer_copy_mac(eth->h_dest, node->dst_mac);
	steer_copy_mac(eth->h_source, node->src_mac);
	eth->h_proto = protocol;
}

__inline void steer_fill_udp(struct udphdr *udp, const struct steer_settings *settings, __u64 hash,
			     __u32 bytes)
{
	udp->source = bpf_htons(STEER_ENTROPY_PORT | hash >> 50);
	udp->dest = settings->gue_port;
	udp->len = bpf_htons(bytes);
	udp->check = 0;
}

__inline void steer_fill_gue(struct steer_gue *gue, const struct steer_settings *settings,
			     const struct steer_packet *p, __u8 hop)
{
	__be16 generation = bpf_htons(settings->generation);

	gue->hlen = STEER_GUE_HLEN;
	gue->protocol = p->ipv4 ? IPPROTO_IPIP : IPPROTO_IPV6;
	gue->flags = 0;
	gue->private_type = STEER_GUE_PRIVATE;
	gue->hop = hop;
	gue->generation = generation;
	gue->tag = steer_gue_tag(p, &settings->tag_key, hop, generation);
}

__inline int steer_wrap_ipv4(struct xdp_md *ctx, const struct steer_settings *settings,
			     const struct steer_packet *p, const struct steer_node *node,
			     __u64 hash, __u8 hop)
{
	__u32 bytes = p->ip_bytes + STEER_WRAP_IPV4;
	struct steer_gue *gue;
	struct udphdr *udp;
	struct ethhdr *eth;
	struct iphdr *ip;

	if (bytes > node->mtu_bytes)
		return STEER_V_DROP_TOO_BIG;
	if (bpf_xdp_adjust_head(ctx, -(int)STEER_WRAP_IPV4))
		return STEER_V_DROP_INTERNAL;
	eth = (void *)(long)ctx->data;
	ip = (void *)(eth + 1);
	udp = (void *)(ip + 1);
	gue = (void *)(udp + 1);
	if ((void *)(gue + 1) > (void *)(long)ctx->data_end)
		return STEER_V_DROP_INTERNAL;
	steer_fill_eth(eth, node, bpf_htons(ETH_P_IP));
	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tos = p->tos;
	ip->tot_len = bpf_htons(bytes);
	ip->id = 0;
	ip->frag_off = bpf_htons(STEER_IP_DONT_FRAGMENT);
	ip->ttl = STEER_OUTER_TTL;
	ip->protocol = IPPROTO_UDP;
	ip->check = 0;
	ip->saddr = node->source.word[3];
	ip->daddr = node->addr.word[3];
	ip->check = steer_csum_ipv4(ip);
	steer_fill_udp(udp, settings, hash, bytes - sizeof(*ip));
	steer_fill_gue(gue, settings, p, hop);
	return STEER_V_FORWARD_GUE;
}

__inline int steer_wrap_ipv6(struct xdp_md *ctx, const struct steer_settings *settings,
			     const struct steer_packet *p, const struct steer_node *node,
			     __u64 hash, __u8 hop)
{
	__u32 bytes = p->ip_bytes + STEER_WRAP_IPV6;
	struct steer_gue *gue;
	struct udphdr *udp;
	struct ipv6hdr *ip;
	struct ethhdr *eth;

	if (bytes > node->mtu_bytes)
		return STEER_V_DROP_TOO_BIG;
	if (bpf_xdp_adjust_head(ctx, -(int)STEER_WRAP_IPV6))
		return STEER_V_DROP_INTERNAL;
	eth = (void *)(long)ctx->data;
	ip = (void *)(eth + 1);
	udp = (void *)(ip + 1);
	gue = (void *)(udp + 1);
	if ((void *)(gue + 1) > (void *)(long)ctx->data_end)
		return STEER_V_DROP_INTERNAL;
	steer_fill_eth(eth, node, bpf_htons(ETH_P_IPV6));
	*(__be32 *)ip = bpf_htonl(6 << 28 | (__u32)p->tos << 20);
	ip->payload_len = bpf_htons(bytes - sizeof(*ip));
	ip->nexthdr = IPPROTO_UDP;
	ip->hop_limit = STEER_OUTER_TTL;
	__builtin_memcpy(&ip->saddr, &node->source, sizeof(node->source));
	__builtin_memcpy(&ip->daddr, &node->addr, sizeof(node->addr));
	steer_fill_udp(udp, settings, hash, bytes - sizeof(*ip));
	steer_fill_gue(gue, settings, p, hop);
	return STEER_V_FORWARD_GUE;
}

__inline int steer_wrap(struct xdp_md *ctx, const struct steer_settings *settings,
			const struct steer_packet *p, const struct steer_node *node, __u64 hash,
			__u8 hop)
{
	if (node->addr.word[0] || node->addr.word[1] || node->addr.word[2] != bpf_htonl(0xffff))
		return steer_wrap_ipv6(ctx, settings, p, node, hash, hop);
	return steer_wrap_ipv4(ctx, settings, p, node, hash, hop);
}

#endif
