/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_REFLECT_H
#define STEER_BPF_REFLECT_H

#include <linux/udp.h>

#include "checksum.h"
#include "decision.h"
#include "maps.h"
#include "parse.h"
#include "peer.h"
#include "steer/sbfd.h"
#include "steer/siphash.h"

/**
 * DOC: Stage 2, liveness probes: the S-BFD reflector (RFC 7880 section 7.2).
 *
 * It turns a peer's probe into the answer in place. The peer asks whether the kernel's driver runs
 * this program, so no process has to wake up. Routers that the configuration names are answered
 * without authentication. A packet that is no probe for this node passes untouched: there may be
 * another BFD speaker on this host.
 */

static __always_inline __u64 steer_sbfd_tag(const struct steer_key *key, __u64 domain,
					    __be32 my_disc, __be32 your_disc, __be64 sequence,
					    __u64 body_tag)
{
	__u64 word[4] = {
		domain,
		(__u64)bpf_ntohl(my_disc) << 32 | bpf_ntohl(your_disc),
		bpf_be64_to_cpu(sequence),
		body_tag,
	};

	return steer_siphash24(key, word, 4);
}

static __always_inline void steer_swap_mac(const struct xdp_md *ctx)
{
	struct ethhdr *eth = steer_at(ctx, 0, sizeof(*eth));
	__u8 mac[8];

	if (!eth)
		return;
	steer_copy_mac(mac, eth->h_dest);
	steer_copy_mac(eth->h_dest, eth->h_source);
	steer_copy_mac(eth->h_source, mac);
}

static __always_inline int steer_swap_ip(const struct xdp_md *ctx, const struct steer_packet *p)
{
	if (p->ipv4) {
		struct iphdr *ip = steer_ip_at(ctx, p, sizeof(*ip));

		if (!ip)
			return STEER_V_DROP_INTERNAL;
		ip->saddr = p->flow.dst.word[3];
		ip->daddr = p->flow.src.word[3];
	} else {
		struct ipv6hdr *ip = steer_ip_at(ctx, p, sizeof(*ip));

		if (!ip)
			return STEER_V_DROP_INTERNAL;
		__builtin_memcpy(&ip->saddr, &p->flow.dst, sizeof(p->flow.dst));
		__builtin_memcpy(&ip->daddr, &p->flow.src, sizeof(p->flow.src));
	}
	return STEER_CONTINUE;
}

/*
 * Whether the packet is a probe by RFC 5880 (section 6.8.6) and RFC 7880 (section 7.2). A probe has
 * the demand bit set and an answer has not, so two reflectors never answer each other.
 */
static __always_inline int steer_is_probe(const struct steer_bfd *bfd,
					  const struct steer_reflector *reflector)
{
	return bfd->vers_diag >> 5 == STEER_BFD_VERS_DIAG >> 5 &&
	       bfd->state_flags & STEER_BFD_DEMAND && !(bfd->state_flags & STEER_BFD_MULTIPOINT) &&
	       bfd->detect_mult && bfd->my_disc && reflector->discriminator &&
	       bfd->your_disc == bpf_htonl(reflector->discriminator);
}

/* Keeps the probe's multiplier and interval (RFC 7880, section 7.2.2). */
static __always_inline void steer_bfd_answer(struct steer_bfd *bfd,
					     const struct steer_reflector *reflector)
{
	__be32 prober = bfd->my_disc;
	__u8 final = bfd->state_flags & STEER_BFD_POLL ? STEER_BFD_FINAL : 0;

	bfd->vers_diag = STEER_BFD_VERS_DIAG;
	bfd->state_flags = reflector->state << STEER_BFD_STATE_SHIFT |
			   (bfd->state_flags & STEER_BFD_AUTH) | final;
	bfd->my_disc = bfd->your_disc;
	bfd->your_disc = prober;
	bfd->min_rx_us = bpf_htonl(STEER_SBFD_MIN_RX_US);
	bfd->min_echo_rx_us = 0;
}

/* Puts this node's announcement in place of the probe's empty section. */
static __always_inline void steer_sbfd_answer(struct steer_sbfd_packet *sbfd,
					      const struct steer_reflector *reflector,
					      const struct steer_key *key, __be64 body_tag)
{
	const struct steer_sbfd_auth *answer = &reflector->answer;

	steer_bfd_answer(&sbfd->bfd, reflector);
	__builtin_memcpy(&sbfd->auth.node, &answer->node,
			 offsetof(struct steer_sbfd_auth, body_tag) -
				 offsetof(struct steer_sbfd_auth, node));
	sbfd->auth.body_tag = body_tag;
	sbfd->auth.auth_tag = bpf_cpu_to_be64(
		steer_sbfd_tag(key, STEER_SBFD_ANSWER, sbfd->bfd.my_disc, sbfd->bfd.your_disc,
			       sbfd->auth.sequence, bpf_be64_to_cpu(body_tag)));
}

static __always_inline int steer_is_probe_of(const struct steer_sbfd_packet *sbfd,
					     const struct steer_key *key)
{
	return bpf_be64_to_cpu(sbfd->auth.auth_tag) ==
	       steer_sbfd_tag(key, STEER_SBFD_PROBE, sbfd->bfd.my_disc, sbfd->bfd.your_disc,
			      sbfd->auth.sequence, 0);
}

/* @sum covers the BFD packet. Swapped addresses and ports do not change the checksum. */
static __always_inline void steer_set_udp_check(struct udphdr *udp, __u32 sum)
{
	__u16 check = (__force __u16)steer_csum_fold(sum);

	if (udp->check)
		udp->check = (__force __sum16)(check ? check : 0xffff);
}

/* A source that no host has: an answer to it would go to nobody or to many. */
static __always_inline int steer_is_no_source(const struct steer_packet *p)
{
	const __u8 *src = (const __u8 *)&p->flow.src;

	if (p->ipv4)
		return !p->flow.src.word[3] || src[12] >= 224;
	return steer_is_ipv4(&p->flow.src) || src[0] == 0xff ||
	       !(p->flow.src.word[0] | p->flow.src.word[1] | p->flow.src.word[2] |
		 p->flow.src.word[3]);
}

/*
 * Whether a probe comes from the address of the peer that it names: or the answer to a recorded
 * probe would go wherever somebody wants. A node that is not configured here yet may ask already,
 * as nodes do not get a new configuration all at once.
 */
static __always_inline int steer_is_from_its_peer(const struct steer_packet *p,
						  const struct steer_sbfd_packet *sbfd)
{
	const struct steer_peer *peer = steer_find_peer(p);
	__u32 prober = bpf_ntohl(sbfd->bfd.my_disc);

	if (peer)
		return peer->node == prober;
	return prober < STEER_MAX_NODES && !steer_find_nexthop(prober) && !steer_is_no_source(p);
}

/* A probe with an authentication section. With the right tag it is a peer's, through any number of
 * routers. */
static __always_inline int steer_reflect_peer(const struct xdp_md *ctx,
					      const struct steer_settings *settings,
					      const struct steer_reflector *reflector,
					      const struct steer_packet *p, struct udphdr *udp)
{
	struct steer_sbfd_packet *sbfd = steer_checked(ctx, udp + 1, sizeof(*sbfd));
	const struct steer_key *key = &settings->auth_key[0];
	__be64 body_tag = reflector->answer.body_tag;
	__u32 sum;

	if (!sbfd || udp->len != bpf_htons(sizeof(*udp) + sizeof(*sbfd)) ||
	    sbfd->bfd.length != sizeof(*sbfd) || sbfd->auth.type != STEER_SBFD_AUTH_TYPE ||
	    sbfd->auth.length != sizeof(sbfd->auth) || sbfd->auth.version != STEER_SBFD_VERSION)
		return STEER_V_PASS_NO_VIP;
	if (!steer_is_probe_of(sbfd, key)) {
		key = &settings->auth_key[1];
		body_tag = reflector->body_tag_second;
		if (!steer_is_probe_of(sbfd, key))
			return STEER_V_DROP_SBFD_TAG;
	}
	if (!steer_is_from_its_peer(p, sbfd))
		return STEER_V_DROP_SBFD_UNKNOWN_PEER;
	sum = bpf_csum_diff((__be32 *)sbfd, sizeof(*sbfd), NULL, 0,
			    (__force __wsum)(__u16) ~(__force __u16)udp->check);
	steer_sbfd_answer(sbfd, reflector, key, body_tag);
	sum = bpf_csum_diff(NULL, 0, (__be32 *)sbfd, sizeof(*sbfd), (__force __wsum)sum);
	steer_set_udp_check(udp, sum);
	return STEER_CONTINUE;
}

/* A probe without a section: answered if its source is a router that the configuration names, and a
 * neighbour (RFC 5082), as nothing else authenticates it. */
static __always_inline int steer_reflect_router(const struct steer_reflector *reflector,
						const struct steer_packet *p, struct udphdr *udp)
{
	struct steer_bfd *bfd = (void *)(udp + 1);
	__u32 sum;

	if (p->ttl != STEER_SBFD_TTL || udp->len != bpf_htons(sizeof(*udp) + sizeof(*bfd)) ||
	    bfd->length != sizeof(*bfd) || !bpf_map_lookup_elem(&steer_routers, &p->flow.src))
		return STEER_V_PASS_NO_VIP;
	sum = bpf_csum_diff((__be32 *)bfd, sizeof(*bfd), NULL, 0,
			    (__force __wsum)(__u16) ~(__force __u16)udp->check);
	steer_bfd_answer(bfd, reflector);
	sum = bpf_csum_diff(NULL, 0, (__be32 *)bfd, sizeof(*bfd), (__force __wsum)sum);
	steer_set_udp_check(udp, sum);
	return STEER_CONTINUE;
}

/* A UDP packet to port 7784 of the node that @reflector belongs to. */
static __always_inline int steer_reflect_as(const struct xdp_md *ctx,
					    const struct steer_reflector *reflector,
					    const struct steer_settings *settings,
					    const struct steer_packet *p)
{
	struct udphdr *udp = steer_l4_at(ctx, p, sizeof(*udp) + sizeof(struct steer_bfd));
	struct steer_bfd *bfd;
	int verdict;

	if (!udp)
		return STEER_V_PASS_NO_VIP;
	bfd = (void *)(udp + 1);
	if (steer_l4_bytes(p) < bpf_ntohs(udp->len) || !steer_is_probe(bfd, reflector))
		return STEER_V_PASS_NO_VIP;
	if (bfd->state_flags & STEER_BFD_AUTH)
		verdict = steer_reflect_peer(ctx, settings, reflector, p, udp);
	else
		verdict = steer_reflect_router(reflector, p, udp);
	if (verdict != STEER_CONTINUE)
		return verdict;
	udp->dest = udp->source;
	udp->source = bpf_htons(STEER_SBFD_PORT);
	verdict = steer_swap_ip(ctx, p);
	if (verdict != STEER_CONTINUE)
		return verdict;
	steer_swap_mac(ctx);
	return STEER_V_REFLECT_SBFD;
}

/* A UDP packet to port 7784 of this node. */
static __always_inline int steer_reflect(const struct xdp_md *ctx,
					 const struct steer_settings *settings,
					 const struct steer_packet *p)
{
	struct steer_reflector *reflector;
	__u32 zero = 0;

	reflector = bpf_map_lookup_elem(&steer_reflector, &zero);
	if (!reflector)
		return STEER_V_PASS_NO_VIP;
	return steer_reflect_as(ctx, reflector, settings, p);
}

#endif
