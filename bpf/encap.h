/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_ENCAP_H
#define STEER_BPF_ENCAP_H

#include <linux/udp.h>

#include "checksum.h"
#include "decision.h"
#include "ethernet.h"
#include "gue_auth.h"
#include "hop.h"

/**
 * DOC: Stage 6, encapsulation: the packet, unchanged, behind an outer IP header, to a node.
 *
 * Nodes speak GUE. Its source port carries the flow hash, so that the receiver's queues and the
 * fabric's ECMP spread flows. The UDP checksum is zero: the inner packet has its own, and RFC 6935
 * allows zero to tunnels over IPv6. Hosts that run no Steer get plain IP in IP. It carries the hash
 * in the low bits of the source, if a prefix is configured for it, and in the IPv6 flow label.
 */
#define STEER_OUTER_TTL 64
#define STEER_ENTROPY_PORT 0xc000 /* 49152 … 65535 */
#define STEER_FLOW_LABEL 0xfffff

#define STEER_GUE_BYTES (sizeof(struct udphdr) + sizeof(struct steer_gue))

/* How many bytes the encapsulation adds. */
static __always_inline __u32 steer_overhead(const struct steer_node *node)
{
	__u32 ip = steer_is_ipv4(&node->addr) ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);

	return node->forward == STEER_FORWARD_GUE ? ip + STEER_GUE_BYTES : ip;
}

/* The last word of the outer source, with the hash in its low bits. */
static __always_inline __be32 steer_entropy(const struct steer_node *node, __u64 hash)
{
	__u32 bits = node->entropy_bits;
	__u32 mask = bits >= 32 ? ~0U : (1U << bits) - 1;

	return (node->source.word[3] & ~bpf_htonl(mask)) | bpf_htonl((hash >> 16) & mask);
}

static __always_inline void steer_fill_ipv4(struct iphdr *ip, const struct steer_packet *p,
					    const struct steer_node *node, __u64 hash,
					    __u8 protocol, __u32 bytes)
{
	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tos = p->tos;
	ip->tot_len = bpf_htons(bytes);
	ip->id = 0;
	ip->frag_off = bpf_htons(STEER_IP_DONT_FRAGMENT);
	ip->ttl = STEER_OUTER_TTL;
	ip->protocol = protocol;
	ip->check = 0;
	ip->saddr = steer_entropy(node, hash);
	ip->daddr = node->addr.word[3];
	ip->check = steer_csum_ipv4(ip);
}

static __always_inline void steer_fill_ipv6(struct ipv6hdr *ip, const struct steer_packet *p,
					    const struct steer_node *node, __u64 hash,
					    __u8 protocol, __u32 bytes)
{
	__u32 label = hash >> 32 & STEER_FLOW_LABEL; /* RFC 6438 */

	*(__be32 *)ip = bpf_htonl(6 << 28 | (__u32)p->tos << 20 | label);
	ip->payload_len = bpf_htons(bytes - sizeof(*ip));
	ip->nexthdr = protocol;
	ip->hop_limit = STEER_OUTER_TTL;
	__builtin_memcpy(&ip->saddr, &node->source, sizeof(node->source));
	ip->saddr.s6_addr32[3] = steer_entropy(node, hash);
	__builtin_memcpy(&ip->daddr, &node->addr, sizeof(node->addr));
}

static __always_inline void steer_fill_gue(void *at, const struct steer_settings *settings,
					   const struct steer_packet *p,
					   const struct steer_decision *decision, __u32 bytes)
{
	struct udphdr *udp = at;
	struct steer_gue *gue = (void *)(udp + 1);

	udp->source = bpf_htons(STEER_ENTROPY_PORT | decision->hash >> 50);
	udp->dest = settings->gue_port;
	udp->len = bpf_htons(bytes);
	udp->check = 0;
	gue->hlen = STEER_GUE_HLEN;
	gue->protocol = p->ipv4 ? IPPROTO_IPIP : IPPROTO_IPV6;
	gue->flags = 0;
	gue->private_type = STEER_GUE_PRIVATE;
	gue->hop = decision->hop;
	gue->epoch = decision->epoch;
	gue->reserved = 0;
	gue->auth_tag = steer_gue_auth_tag(steer_digest_of(p, &settings->flow_key, decision),
					   &settings->auth_key[0], decision->hop, decision->epoch);
}

/* The packet must fit the path's MTU. */
static __always_inline int steer_encap(struct xdp_md *ctx, const struct steer_settings *settings,
				       const struct steer_packet *p,
				       const struct steer_decision *decision)
{
	const struct steer_node *node = decision->node;
	__u32 overhead = steer_overhead(node);
	__u32 bytes = p->ip_bytes + overhead;
	int gue = node->forward == STEER_FORWARD_GUE;
	int ipv4 = steer_is_ipv4(&node->addr);
	__u8 protocol = gue ? IPPROTO_UDP : p->ipv4 ? IPPROTO_IPIP : IPPROTO_IPV6;
	__u32 header_bytes = ipv4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	void *eth, *ip, *udp;
	int verdict;

	verdict = steer_make_room(ctx, p, overhead,
				  ipv4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6));
	if (verdict != STEER_CONTINUE)
		return verdict;
	eth = steer_at(ctx, 0, ETH_HLEN);
	ip = steer_ip_at(ctx, p, sizeof(struct ipv6hdr));
	if (!eth || !ip)
		return STEER_V_DROP_INTERNAL;
	if (ipv4)
		steer_fill_ipv4(ip, p, node, decision->hash, protocol, bytes);
	else
		steer_fill_ipv6(ip, p, node, decision->hash, protocol, bytes);
	if (gue) {
		udp = steer_at(ctx, p->ip_offset + header_bytes, STEER_GUE_BYTES);
		if (!udp)
			return STEER_V_DROP_INTERNAL;
		steer_fill_gue(udp, settings, p, decision, p->ip_bytes + STEER_GUE_BYTES);
	}
	steer_copy_mac(eth, node->dst_mac);
	steer_copy_mac(eth + ETH_ALEN, node->src_mac);
	return gue ? STEER_V_FORWARD_GUE : STEER_V_FORWARD_IPIP;
}

#endif
