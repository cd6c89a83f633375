/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_PARSE_H
#define STEER_BPF_PARSE_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include <bpf/bpf_endian.h>

#include "steer/byte_order.h"
#include "steer/maps.h"
#include "steer/verdict.h"
#include "verifier.h"

/**
 * DOC: Stage 1, parse Ethernet, VLAN tags and IP. Headers are read, nothing is written.
 *
 * A stage returns a verdict, which ends the packet's way through the program, or one of these.
 */
#define STEER_CONTINUE (-1) /* on to the next stage */
#define STEER_SEND (-2)	    /* to the node that the decision names */

#define STEER_IP_DONT_FRAGMENT 0x4000
#define STEER_IP_MORE_FRAGMENTS 0x2000
#define STEER_IP_FRAGMENT_OFFSET 0x1fff

#define STEER_VLAN_TAGS 2
#define STEER_VLAN_BYTES 4

enum steer_piece {
	STEER_WHOLE,
	STEER_FIRST, /* fragment: has the ports */
	STEER_LATER,
};

struct steer_packet {
	struct steer_flow flow; /* ports and protocol from steer_parse_l4() */
	__u16 ip_offset;	/* from the start of the frame */
	__u16 l4_offset;
	__u16 ip_bytes; /* header and payload, by the header; checked against the frame */
	__u8 ipv4;
	__u8 protocol; /* of the packet; an ICMP error's flow has another one */
	__u8 piece;    /* enum steer_piece */
	__u8 ttl;
	__u8 tos;
	__u8 hop;	   /* enum steer_hop; of l2 frames from steer_find_hop() */
	__u16 from;	   /* the node it came from, unless @hop is STEER_HOP_NONE */
	__u16 epoch;	   /* of that node */
	__be32 datagram;   /* the identification that its fragments share */
	__s8 l4_verdict;   /* of steer_parse_l4(); only if @decapsulated */
	__u8 decapsulated; /* came in GUE */
	__u8 is_error;	   /* an ICMP error about the flow */
	__u8 needs_socket; /* TCP that opens no connection: it belongs to the node with the socket
			    */
};

static __always_inline __u64 steer_frame_bytes(const struct xdp_md *ctx)
{
	return steer_bytes_from(ctx, steer_data(ctx));
}

/* struct ethhdr is packed, and compilers would copy it byte by byte. */
static __always_inline void steer_copy_mac(void *to, const void *from)
{
	*(__u32 *)to = *(const __u32 *)from;
	*(__u16 *)(to + 4) = *(const __u16 *)(from + 4);
}

static __always_inline int steer_same_mac(const void *a, const void *b)
{
	return *(const __u32 *)a == *(const __u32 *)b &&
	       *(const __u16 *)(a + 4) == *(const __u16 *)(b + 4);
}

/* Two words of 32 bits, as they are in memory, as one of 64. */
static __always_inline __u64 steer_word(__be32 low, __be32 high)
{
	return (__u64)steer_raw32(high) << 32 | steer_raw32(low);
}

static __always_inline void steer_addr_from_ipv4(struct steer_addr *addr, __be32 ipv4)
{
	addr->word[0] = 0;
	addr->word[1] = 0;
	addr->word[2] = bpf_htonl(0xffff);
	addr->word[3] = ipv4;
}

static __always_inline int steer_same_addr(const struct steer_addr *a, const struct steer_addr *b)
{
	return a->word[3] == b->word[3] && a->word[2] == b->word[2] && a->word[1] == b->word[1] &&
	       a->word[0] == b->word[0];
}

/* An IPv4 address, or an IPv6 one that is written as one: on the wire the two are not the same. */
static __always_inline int steer_is_ipv4(const struct steer_addr *addr)
{
	return !addr->word[0] && !addr->word[1] && addr->word[2] == bpf_htonl(0xffff);
}

static __always_inline __u8 steer_piece_of(__be16 offset, __be16 more)
{
	if (offset)
		return STEER_LATER;
	return more ? STEER_FIRST : STEER_WHOLE;
}

/*
 * The code compares lengths, not pointers: kernel 6.1 forgets the range of a value that was
 * byte-swapped, and then refuses to add it to a pointer.
 */
static __always_inline int steer_parse_ipv4(const struct xdp_md *ctx, struct steer_packet *p,
					    __u32 offset)
{
	struct iphdr *ip = steer_at(ctx, offset, sizeof(*ip));
	__u32 header_bytes;

	if (!ip)
		return STEER_V_PASS_NOT_IP;
	header_bytes = ip->ihl * 4;
	if (ip->version != 4 || header_bytes < sizeof(*ip))
		return STEER_V_PASS_NOT_IP;
	p->ip_bytes = bpf_ntohs(ip->tot_len);
	if (p->ip_bytes < header_bytes || p->ip_bytes > steer_bytes_from(ctx, ip))
		return STEER_V_PASS_NOT_IP;
	p->ip_offset = offset;
	p->l4_offset = offset + header_bytes;
	p->ipv4 = 1;
	p->protocol = ip->protocol;
	p->piece = steer_piece_of(ip->frag_off & bpf_htons(STEER_IP_FRAGMENT_OFFSET),
				  ip->frag_off & bpf_htons(STEER_IP_MORE_FRAGMENTS));
	p->datagram = (__force __be32)steer_raw16(ip->id);
	p->ttl = ip->ttl;
	p->tos = ip->tos;
	steer_addr_from_ipv4(&p->flow.src, ip->saddr);
	steer_addr_from_ipv4(&p->flow.dst, ip->daddr);
	return STEER_CONTINUE;
}

static __always_inline int steer_parse_ipv6(const struct xdp_md *ctx, struct steer_packet *p,
					    __u32 offset)
{
	struct ipv6hdr *ip = steer_at(ctx, offset, sizeof(*ip));
	__u32 payload_bytes;

	if (!ip || ip->version != 6)
		return STEER_V_PASS_NOT_IP;
	payload_bytes = bpf_ntohs(ip->payload_len);
	if (payload_bytes > 0xffff - sizeof(*ip) || payload_bytes > steer_bytes_from(ctx, ip + 1))
		return STEER_V_PASS_NOT_IP;
	p->ip_bytes = sizeof(*ip) + payload_bytes;
	p->ip_offset = offset;
	p->l4_offset = offset + sizeof(*ip);
	p->ipv4 = 0;
	p->protocol = ip->nexthdr;
	p->piece = STEER_WHOLE; /* until a fragment header says otherwise */
	p->ttl = ip->hop_limit;
	p->tos = ip->priority << 4 | ip->flow_lbl[0] >> 4;
	__builtin_memcpy(&p->flow.src, &ip->saddr, sizeof(p->flow.src));
	__builtin_memcpy(&p->flow.dst, &ip->daddr, sizeof(p->flow.dst));
	/* In our maps this form is an IPv4 address; on the wire it is not allowed (RFC 4291). */
	if (steer_is_ipv4(&p->flow.dst))
		return STEER_V_PASS_NO_VIP;
	return STEER_CONTINUE;
}

static __always_inline int steer_is_vlan(__be16 protocol)
{
	return protocol == bpf_htons(ETH_P_8021Q) || protocol == bpf_htons(ETH_P_8021AD);
}

/* Frames with VLAN tags, and those that are no IP. */
__global_fn int steer_parse_vlan(struct xdp_md *ctx, struct steer_packet *p)
{
	struct ethhdr *eth = steer_at(ctx, 0, sizeof(*eth));
	__u32 offset = sizeof(*eth);
	__be16 protocol;
	int i;

	if (!p || !eth)
		return STEER_V_PASS_NOT_IP;
	protocol = eth->h_proto;
#pragma unroll
	for (i = 0; i < STEER_VLAN_TAGS && steer_is_vlan(protocol); i++) {
		/* the type at the end of a tag, behind VLAN id and priority */
		__be16 *inner =
			steer_at(ctx, offset + STEER_VLAN_BYTES - sizeof(*inner), sizeof(*inner));

		if (!inner)
			return STEER_V_PASS_NOT_IP;
		protocol = *inner;
		offset += STEER_VLAN_BYTES;
	}
	if (protocol == bpf_htons(ETH_P_IP))
		return steer_parse_ipv4(ctx, p, offset);
	if (protocol == bpf_htons(ETH_P_IPV6))
		return steer_parse_ipv6(ctx, p, offset);
	return STEER_V_PASS_NOT_IP;
}

/* Parses Ethernet, VLAN tags and IP. @p must be all zero. */
static __always_inline int steer_parse(struct xdp_md *ctx, struct steer_packet *p)
{
	struct ethhdr *eth = steer_at(ctx, 0, sizeof(*eth));

	if (!eth)
		return STEER_V_PASS_NOT_IP;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		return steer_parse_ipv4(ctx, p, sizeof(*eth));
	if (eth->h_proto == bpf_htons(ETH_P_IPV6))
		return steer_parse_ipv6(ctx, p, sizeof(*eth));
	return steer_parse_vlan(ctx, p);
}

/* The packet's IP header, with @bytes bytes that may be used; or NULL. */
static __always_inline void *steer_ip_at(const struct xdp_md *ctx, const struct steer_packet *p,
					 __u32 bytes)
{
	return steer_at(ctx, p->ip_offset, bytes);
}

static __always_inline void *steer_l4_at(const struct xdp_md *ctx, const struct steer_packet *p,
					 __u32 bytes)
{
	return steer_at(ctx, p->l4_offset, bytes);
}

/* The length of the IP payload. */
static __always_inline __u32 steer_l4_bytes(const struct steer_packet *p)
{
	return p->ip_bytes - (p->l4_offset - p->ip_offset);
}

#endif
