/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_PMTU_H
#define STEER_BPF_PMTU_H

#include "checksum.h"
#include "decision.h"
#include "ethernet.h"
#include "reflect.h"

/**
 * DOC: Path MTU: when a packet does not fit the path to its owner, its sender gets the MTU that
 * fits.
 *
 * The packet becomes "fragmentation needed" (RFC 792, RFC 1191) or "packet too big" (RFC 4443,
 * section 3.2) from the virtual address, and goes back to the router it came from. With silence,
 * the connection would hang with its first large packet. There is no reply to ICMP errors, later
 * fragments (RFC 1122, section 3.2.2) and packets that another node has sent. A token bucket limits
 * replies, so that a flood does not become two.
 */
#define STEER_PMTU_REPLIES_PER_S 1000 /* per CPU */
#define STEER_QUOTE_BYTES 512 /* the reply has at most 576 bytes (RFC 1812, section 4.3.2.3) */
#define STEER_NS_PER_S 1000000000ULL

/* Of ICMP and ICMPv6. The kernel's own headers for them need a C library. */
struct steer_icmp {
	__u8 type;
	__u8 code;
	__sum16 check;
	__be32 mtu;
};
#define STEER_ICMP_UNREACHABLE 3
#define STEER_ICMP_FRAG_NEEDED 4
#define STEER_ICMP6_TOO_BIG 2

#define STEER_ICMP_TOS 0xc0 /* internetwork control (RFC 1812, section 4.3.2.5) */

static __always_inline int steer_pmtu_may_reply(const struct steer_packet *p)
{
	struct steer_tokens *limit;
	__u64 now_ns;
	__u32 zero = 0;

	if (p->hop != STEER_HOP_NONE || p->piece == STEER_LATER || p->is_error ||
	    p->ip_bytes < STEER_QUOTE_BYTES)
		return 0;
	limit = bpf_map_lookup_elem(&steer_tokens, &zero);
	if (!limit)
		return 0;
	now_ns = bpf_ktime_get_ns();
	if (now_ns - limit->refilled_ns >= STEER_NS_PER_S) {
		limit->refilled_ns = now_ns;
		limit->tokens = STEER_PMTU_REPLIES_PER_S;
	}
	if (!limit->tokens)
		return 0;
	limit->tokens--;
	return 1;
}

/* The checksum from the header at @icmp, whose check field is zero, to the end of the quote. */
static __always_inline __sum16 steer_csum_icmp(void *icmp, __u32 sum)
{
	sum = bpf_csum_diff(NULL, 0, icmp, sizeof(struct steer_icmp), (__force __wsum)sum);
	sum = bpf_csum_diff(NULL, 0, icmp + sizeof(struct steer_icmp), STEER_QUOTE_BYTES,
			    (__force __wsum)sum);
	return steer_csum_fold(sum);
}

static __always_inline void steer_fill_icmp4(void *at, const struct steer_packet *p,
					     __u32 mtu_bytes)
{
	struct iphdr *ip = at;
	struct steer_icmp *icmp = (void *)(ip + 1);

	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tos = STEER_ICMP_TOS;
	ip->tot_len = bpf_htons(sizeof(*ip) + sizeof(*icmp) + STEER_QUOTE_BYTES);
	ip->id = 0;
	ip->frag_off = bpf_htons(STEER_IP_DONT_FRAGMENT);
	ip->ttl = 64;
	ip->protocol = IPPROTO_ICMP;
	ip->check = 0;
	ip->saddr = p->flow.dst.word[3];
	ip->daddr = p->flow.src.word[3];
	ip->check = steer_csum_ipv4(ip);
	icmp->type = STEER_ICMP_UNREACHABLE;
	icmp->code = STEER_ICMP_FRAG_NEEDED;
	icmp->check = 0;
	icmp->mtu = bpf_htonl(mtu_bytes);
	icmp->check = steer_csum_icmp(icmp, 0);
}

static __always_inline void steer_fill_icmp6(void *at, const struct steer_packet *p,
					     __u32 mtu_bytes)
{
	__be32 pseudo[] = {
		bpf_htonl(sizeof(struct steer_icmp) + STEER_QUOTE_BYTES),
		bpf_htonl(IPPROTO_ICMPV6),
	};
	struct ipv6hdr *ip = at;
	struct steer_icmp *icmp = (void *)(ip + 1);
	__u32 sum;

	*(__be32 *)ip = bpf_htonl(6 << 28);
	ip->payload_len = bpf_htons(sizeof(*icmp) + STEER_QUOTE_BYTES);
	ip->nexthdr = IPPROTO_ICMPV6;
	ip->hop_limit = 64;
	__builtin_memcpy(&ip->saddr, &p->flow.dst, sizeof(p->flow.dst));
	__builtin_memcpy(&ip->daddr, &p->flow.src, sizeof(p->flow.src));
	icmp->type = STEER_ICMP6_TOO_BIG;
	icmp->code = 0;
	icmp->check = 0;
	icmp->mtu = bpf_htonl(mtu_bytes);
	sum = bpf_csum_diff(NULL, 0, (__be32 *)&ip->saddr, 2 * sizeof(ip->saddr), 0);
	sum = bpf_csum_diff(NULL, 0, pseudo, sizeof(pseudo), (__force __wsum)sum);
	icmp->check = steer_csum_icmp(icmp, sum);
}

/* The headers in front of the quote. */
#define STEER_ICMP4_BYTES (sizeof(struct iphdr) + sizeof(struct steer_icmp))
#define STEER_ICMP6_BYTES (sizeof(struct ipv6hdr) + sizeof(struct steer_icmp))

/* @mtu_bytes: the largest IP packet that fits */
static __always_inline int steer_pmtu_reply(struct xdp_md *ctx, const struct steer_packet *p,
					    __u32 mtu_bytes)
{
	int excess = steer_frame_bytes(ctx) - p->ip_offset - STEER_QUOTE_BYTES;
	int verdict;
	void *ip;

	if (!steer_pmtu_may_reply(p))
		return STEER_V_DROP_TOO_BIG;
	if (bpf_xdp_adjust_tail(ctx, -excess))
		return STEER_V_DROP_INTERNAL;
	verdict = steer_make_room(ctx, p, p->ipv4 ? STEER_ICMP4_BYTES : STEER_ICMP6_BYTES,
				  p->ipv4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6));
	if (verdict != STEER_CONTINUE)
		return verdict;
	/* The IPv4 reply is shorter than the IPv6 one. */
	if (p->ipv4) {
		ip = steer_ip_at(ctx, p, STEER_ICMP4_BYTES + STEER_QUOTE_BYTES);
		if (!ip)
			return STEER_V_DROP_INTERNAL;
		steer_fill_icmp4(ip, p, mtu_bytes);
	} else {
		ip = steer_ip_at(ctx, p, STEER_ICMP6_BYTES + STEER_QUOTE_BYTES);
		if (!ip)
			return STEER_V_DROP_INTERNAL;
		steer_fill_icmp6(ip, p, mtu_bytes);
	}
	steer_swap_mac(ctx);
	return STEER_V_REFLECT_TOO_BIG;
}

#endif
