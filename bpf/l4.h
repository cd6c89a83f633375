/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_L4_H
#define STEER_BPF_L4_H

#include "parse.h"

/**
 * DOC: Stage 3, the packet's flow: ports, behind IPv6 extension headers or in a quoted packet.
 *
 * An ICMP error is about the flow of the packet that it quotes, and must reach the node that has
 * that flow. The quoted flow is turned around, as if the client had sent the packet. Most foreign
 * packets do not come here (steer_may_be_vip()).
 */
#define STEER_MAX_EXTENSIONS 6

#define STEER_TCP_BYTES 20
#define STEER_TCP_FLAGS 13 /* offset of the byte */
#define STEER_TCP_SYN 0x02
#define STEER_TCP_ACK 0x10
#define STEER_UDP_BYTES 8
#define STEER_SCTP_BYTES 12
#define STEER_ICMP_BYTES 8
/* The least that a first fragment and a quote have (RFC 791, RFC 792). */
#define STEER_L4_LEAST_BYTES 8

struct steer_extension {
	__u8 next;
	__u8 length; /* in units of 8 bytes, without the first 8 */
	__u8 type;   /* of a routing header */
	__u8 segments_left;
	__be32 rest;
};

struct steer_fragment_header {
	__u8 next;
	__u8 reserved;
	__be16 offset; /* in its upper 13 bits */
	__be32 id;
};
#define STEER_IPV6_FRAGMENT_OFFSET 0xfff8
#define STEER_IPV6_MORE_FRAGMENTS 0x0001

/* A walk through a chain of headers. */
struct steer_walk {
	__u32 offset;
	__u8 protocol;
	__u8 piece;
	__be32 datagram;
};

#define STEER_WALKED (-3)

/* One extension header. Return: STEER_CONTINUE; STEER_WALKED at the chain's end; or a verdict. */
static __always_inline int steer_walk_one(const struct xdp_md *ctx, struct steer_walk *walk)
{
	struct steer_extension *header = steer_at(ctx, walk->offset, sizeof(*header));

	switch (walk->protocol) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_DSTOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
		break;
	default:
		return STEER_WALKED;
	}
	if (walk->offset > STEER_OFFSET_MASK || !header)
		return STEER_V_PASS_MALFORMED;
	if (walk->protocol == IPPROTO_FRAGMENT) {
		struct steer_fragment_header *fragment = (void *)header;

		walk->piece =
			steer_piece_of(fragment->offset & bpf_htons(STEER_IPV6_FRAGMENT_OFFSET),
				       fragment->offset & bpf_htons(STEER_IPV6_MORE_FRAGMENTS));
		walk->datagram = fragment->id;
		walk->protocol = header->next;
		walk->offset += sizeof(*header);
		return walk->piece == STEER_LATER ? STEER_WALKED : STEER_CONTINUE;
	}
	/* This is not the last node of the route: the stack forwards the packet. */
	if (walk->protocol == IPPROTO_ROUTING && header->segments_left)
		return STEER_V_PASS_NO_SERVICE;
	walk->protocol = header->next;
	walk->offset += 8 + header->length * 8;
	return STEER_CONTINUE;
}

#define STEER_WALK_ON(verdict, ctx, walk)                      \
	do {                                                   \
		if ((verdict) == STEER_CONTINUE)               \
			(verdict) = steer_walk_one(ctx, walk); \
	} while (0)

/*
 * Walks at most STEER_MAX_EXTENSIONS headers. Unrolled by hand: compilers do not unroll a loop with
 * a barrier in it, and kernel 6.1 refuses a loop whose end falls through to its beginning, which is
 * how clang 14 laid it out.
 * Return: STEER_CONTINUE, with the walk at the first header that is no extension; or a verdict.
 */
static __always_inline int steer_walk_extensions(const struct xdp_md *ctx, struct steer_walk *walk)
{
	int verdict = STEER_CONTINUE;

	STEER_WALK_ON(verdict, ctx, walk);
	STEER_WALK_ON(verdict, ctx, walk);
	STEER_WALK_ON(verdict, ctx, walk);
	STEER_WALK_ON(verdict, ctx, walk);
	STEER_WALK_ON(verdict, ctx, walk);
	STEER_WALK_ON(verdict, ctx, walk);
	return verdict == STEER_WALKED ? STEER_CONTINUE : verdict;
}
_Static_assert(STEER_MAX_EXTENSIONS == 6, "unrolled by hand");

static __always_inline __u32 steer_least_bytes(__u8 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return STEER_TCP_BYTES;
	case IPPROTO_SCTP:
		return STEER_SCTP_BYTES;
	default:
		return STEER_UDP_BYTES;
	}
}

static __always_inline int steer_has_ports(__u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

/*
 * Reads the ports, which TCP, UDP and SCTP have in the same place. The packet must have a whole
 * header of its protocol, so that nothing is steered that the owner's stack would refuse.
 */
static __always_inline int steer_parse_ports(const struct xdp_md *ctx, struct steer_packet *p)
{
	__u32 least =
		p->piece == STEER_WHOLE ? steer_least_bytes(p->protocol) : STEER_L4_LEAST_BYTES;
	__be16 *ports = steer_l4_at(ctx, p, 2 * sizeof(*ports));
	__u8 *flags;

	if (steer_l4_bytes(p) < least || !ports)
		return STEER_V_PASS_MALFORMED;
	p->flow.sport = ports[0];
	p->flow.dport = ports[1];
	if (p->protocol == IPPROTO_TCP) {
		flags = steer_checked(ctx, (void *)ports + STEER_TCP_FLAGS, sizeof(*flags));
		p->needs_socket =
			!flags || (*flags & (STEER_TCP_SYN | STEER_TCP_ACK)) != STEER_TCP_SYN;
	}
	return STEER_CONTINUE;
}

static __always_inline int steer_is_icmp_error(const struct steer_packet *p, __u8 type)
{
	if (p->ipv4)
		return type == 3 || type == 11 || type == 12; /* RFC 792 */
	return type >= 1 && type <= 4;			      /* RFC 4443 */
}

/* The quoted packet's flow, turned around; @walk is at its transport header. */
static __always_inline int steer_quoted_ports(const struct xdp_md *ctx, struct steer_packet *p,
					      const struct steer_walk *walk)
{
	__be16 *ports = steer_at(ctx, walk->offset, 2 * sizeof(*ports));

	if (walk->piece == STEER_LATER || !steer_has_ports(walk->protocol))
		return STEER_V_PASS_NO_SERVICE;
	if (walk->offset > STEER_OFFSET_MASK || !ports ||
	    walk->offset + 2 * sizeof(*ports) > (__u32)p->ip_offset + p->ip_bytes)
		return STEER_V_PASS_MALFORMED;
	p->flow.sport = ports[1];
	p->flow.dport = ports[0];
	p->flow.protocol = walk->protocol;
	p->needs_socket = walk->protocol == IPPROTO_TCP;
	p->is_error = 1;
	return STEER_CONTINUE;
}

/* An error goes to the source of the packet it quotes. If it does not, no service claims it. */
static __always_inline int steer_parse_quote4(const struct xdp_md *ctx, struct steer_packet *p)
{
	struct iphdr *ip = steer_at(ctx, p->l4_offset + STEER_ICMP_BYTES, sizeof(*ip));
	struct steer_walk walk = { .offset = p->l4_offset + STEER_ICMP_BYTES };

	if (!ip)
		return STEER_V_PASS_MALFORMED;
	if (ip->version != 4 || ip->ihl < 5 || ip->saddr != p->flow.dst.word[3])
		return STEER_V_PASS_NO_SERVICE;
	walk.piece = ip->frag_off & bpf_htons(STEER_IP_FRAGMENT_OFFSET) ? STEER_LATER : STEER_WHOLE;
	walk.protocol = ip->protocol;
	walk.offset += ip->ihl * 4;
	p->flow.src.word[3] = ip->daddr;
	return steer_quoted_ports(ctx, p, &walk);
}

static __always_inline int steer_parse_quote6(const struct xdp_md *ctx, struct steer_packet *p)
{
	struct ipv6hdr *ip = steer_at(ctx, p->l4_offset + STEER_ICMP_BYTES, sizeof(*ip));
	struct steer_walk walk = {
		.offset = p->l4_offset + STEER_ICMP_BYTES + sizeof(*ip),
	};
	int verdict;

	if (!ip)
		return STEER_V_PASS_MALFORMED;
	if (ip->version != 6 || !steer_same_addr((void *)&ip->saddr, &p->flow.dst))
		return STEER_V_PASS_NO_SERVICE;
	walk.protocol = ip->nexthdr;
	__builtin_memcpy(&p->flow.src, &ip->daddr, sizeof(p->flow.src));
	verdict = steer_walk_extensions(ctx, &walk);
	if (verdict != STEER_CONTINUE)
		return verdict;
	return steer_quoted_ports(ctx, p, &walk);
}

static __always_inline int steer_parse_icmp(const struct xdp_md *ctx, struct steer_packet *p)
{
	__u8 *type = steer_l4_at(ctx, p, sizeof(*type));

	if (p->piece != STEER_WHOLE)
		return STEER_V_PASS_NO_SERVICE;
	if (steer_l4_bytes(p) < STEER_ICMP_BYTES || !type)
		return STEER_V_PASS_MALFORMED;
	if (!steer_is_icmp_error(p, *type))
		return STEER_V_PASS_NO_SERVICE;
	if (p->ipv4)
		return steer_parse_quote4(ctx, p);
	return steer_parse_quote6(ctx, p);
}

static __always_inline int steer_parse_extensions(const struct xdp_md *ctx, struct steer_packet *p)
{
	struct steer_walk walk = { .offset = p->l4_offset, .protocol = p->protocol };
	int verdict = steer_walk_extensions(ctx, &walk);

	if (verdict != STEER_CONTINUE)
		return verdict;
	if (walk.offset > (__u32)p->ip_offset + p->ip_bytes || walk.offset > STEER_OFFSET_MASK)
		return STEER_V_PASS_MALFORMED;
	p->l4_offset = walk.offset;
	p->protocol = walk.protocol;
	p->piece = walk.piece;
	p->datagram = walk.datagram;
	return STEER_CONTINUE;
}

/* Packets other than whole TCP, UDP or SCTP right behind the IP header. */
__global_fn int steer_parse_oddity(struct xdp_md *ctx, struct steer_packet *p)
{
	int verdict;

	if (!p)
		return STEER_V_DROP_INTERNAL;
	if (!p->ipv4 && !steer_has_ports(p->protocol) && p->protocol != IPPROTO_ICMPV6) {
		verdict = steer_parse_extensions(ctx, p);
		if (verdict != STEER_CONTINUE)
			return verdict;
	}
	p->flow.protocol = p->protocol;
	if (p->piece == STEER_LATER)
		return STEER_CONTINUE;
	if (steer_has_ports(p->protocol))
		return steer_parse_ports(ctx, p);
	if (p->protocol == (p->ipv4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return steer_parse_icmp(ctx, p);
	return STEER_V_PASS_NO_SERVICE;
}

/*
 * Fills in the flow. A later fragment gets no ports, only its datagram.
 * Return: STEER_CONTINUE, or the verdict of a packet that no service can claim.
 */
static __always_inline int steer_parse_l4(struct xdp_md *ctx, struct steer_packet *p)
{
	if (p->piece != STEER_WHOLE || !steer_has_ports(p->protocol))
		return steer_parse_oddity(ctx, p);
	p->flow.protocol = p->protocol;
	return steer_parse_ports(ctx, p);
}

#endif
