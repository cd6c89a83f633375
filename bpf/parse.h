/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_PARSE_H
#define STEER_BPF_PARSE_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include <bpf/bpf_endian.h>

#include "steer/maps.h"
#include "steer/verdict.h"

/**
 * DOC: stage 1, what kind of packet is it? Headers are read, nothing is written.
 *
 * The stages of the program return a verdict, which ends the packet's way, or STEER_CONTINUE.
 */
#define STEER_CONTINUE (-1)

#define __inline static __always_inline

/* Headers never reach this far: lets the verifier see that offsets from memory are small. */
#define STEER_OFFSET_MASK 0x3ff

#define STEER_IP_FRAGMENT 0x3fff /* more-fragments bit and offset */
#define STEER_IP_DONT_FRAGMENT 0x4000

struct steer_packet {
	struct steer_addr src, dst;
	__be16 sport, dport; /* 0 until steer_parse_ports() */
	__u16 ip_offset;     /* from the start of the frame */
	__u16 l4_offset;
	__u16 ip_bytes; /* header and payload, as the header says, checked against the frame */
	__u8 protocol;
	__u8 ipv4;
	__u8 fragment;
	__u8 ttl;
	__u8 tos;
	__u8 hop; /* how often it has been forwarded, where the packet itself tells: in GUE */
};

/* struct ethhdr is packed, for which the compiler goes byte by byte: say how wide we may go. */
__inline void steer_copy_mac(void *to, const void *from)
{
	*(__u32 *)to = *(const __u32 *)from;
	*(__u16 *)(to + 4) = *(const __u16 *)(from + 4);
}

__inline int steer_same_mac(const void *a, const void *b)
{
	return *(const __u32 *)a == *(const __u32 *)b &&
	       *(const __u16 *)(a + 4) == *(const __u16 *)(b + 4);
}

__inline void steer_addr_from_ipv4(struct steer_addr *addr, __be32 ipv4)
{
	addr->word[0] = 0;
	addr->word[1] = 0;
	addr->word[2] = bpf_htonl(0xffff);
	addr->word[3] = ipv4;
}

/*
 * Lengths are compared, not pointers: kernel 6.1 forgets the range of a value that was
 * byte-swapped, and then refuses to add it to a pointer.
 */
__inline int steer_parse_ipv4(struct steer_packet *p, void *data, void *data_end, __u32 offset)
{
	struct iphdr *ip = data + offset;
	__u32 header_bytes;

	if ((void *)(ip + 1) > data_end)
		return STEER_V_PASS_NOT_IP;
	header_bytes = ip->ihl * 4;
	if (ip->version != 4 || header_bytes < sizeof(*ip))
		return STEER_V_PASS_NOT_IP;
	p->ip_bytes = bpf_ntohs(ip->tot_len);
	if (p->ip_bytes < header_bytes || p->ip_bytes > data_end - (void *)ip)
		return STEER_V_PASS_NOT_IP;
	p->ip_offset = offset;
	p->l4_offset = offset + header_bytes;
	p->ipv4 = 1;
	p->protocol = ip->protocol;
	p->fragment = !!(ip->frag_off & bpf_htons(STEER_IP_FRAGMENT));
	p->ttl = ip->ttl;
	p->tos = ip->tos;
	steer_addr_from_ipv4(&p->src, ip->saddr);
	steer_addr_from_ipv4(&p->dst, ip->daddr);
	return STEER_CONTINUE;
}

__inline int steer_parse_ipv6(struct steer_packet *p, void *data, void *data_end, __u32 offset)
{
	struct ipv6hdr *ip = data + offset;
	__u32 payload_bytes;

	if ((void *)(ip + 1) > data_end || ip->version != 6)
		return STEER_V_PASS_NOT_IP;
	payload_bytes = bpf_ntohs(ip->payload_len);
	if (payload_bytes > 0xffff - sizeof(*ip) || payload_bytes > data_end - (void *)(ip + 1))
		return STEER_V_PASS_NOT_IP;
	p->ip_bytes = sizeof(*ip) + payload_bytes;
	p->ip_offset = offset;
	p->l4_offset = offset + sizeof(*ip);
	p->ipv4 = 0;
	p->protocol = ip->nexthdr;
	p->fragment = ip->nexthdr == IPPROTO_FRAGMENT;
	p->ttl = ip->hop_limit;
	p->tos = ip->priority << 4 | ip->flow_lbl[0] >> 4;
	__builtin_memcpy(&p->src, &ip->saddr, sizeof(p->src));
	__builtin_memcpy(&p->dst, &ip->daddr, sizeof(p->dst));
	/* In our maps this form means IPv4; on the wire it has no business (RFC 4291, 2.5.5.2). */
	if (!p->dst.word[0] && !p->dst.word[1] && p->dst.word[2] == bpf_htonl(0xffff))
		return STEER_V_PASS_NO_VIP;
	return STEER_CONTINUE;
}

/* Ethernet and IP. */
__inline int steer_parse(struct steer_packet *p, void *data, void *data_end)
{
	struct ethhdr *eth = data;

	p->sport = 0;
	p->dport = 0;
	p->hop = 0;
	if ((void *)(eth + 1) > data_end)
		return STEER_V_PASS_NOT_IP;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		return steer_parse_ipv4(p, data, data_end, sizeof(*eth));
	if (eth->h_proto == bpf_htons(ETH_P_IPV6))
		return steer_parse_ipv6(p, data, data_end, sizeof(*eth));
	return STEER_V_PASS_NOT_IP;
}

/* What the IP header leaves for the protocol above it. */
__inline __u32 steer_l4_bytes(const struct steer_packet *p)
{
	return p->ip_bytes - (p->l4_offset - p->ip_offset);
}

/*
 * The ports, which TCP and UDP have in the same place. Needs as much as a whole header of the
 * protocol, so that nothing is steered that the owner's stack would refuse.
 */
__inline int steer_parse_ports(struct steer_packet *p, void *data, void *data_end)
{
	__u32 l4_bytes = steer_l4_bytes(p);
	__be16 *ports = data + (p->l4_offset & STEER_OFFSET_MASK);

	if (p->fragment)
		return STEER_V_PASS_FRAGMENT;
	if (p->protocol != IPPROTO_TCP && p->protocol != IPPROTO_UDP)
		return STEER_CONTINUE;
	if (l4_bytes < (p->protocol == IPPROTO_TCP ? 20 : 8) || (void *)(ports + 2) > data_end)
		return STEER_V_PASS_MALFORMED;
	p->sport = ports[0];
	p->dport = ports[1];
	return STEER_CONTINUE;
}

#endif
