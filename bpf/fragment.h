/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_FRAGMENT_H
#define STEER_BPF_FRAGMENT_H

#include "decision.h"
#include "explain.h"
#include "hash.h"
#include "hop.h"
#include "owner.h"

/**
 * DOC: Fragments: all of a datagram go to one node, though only the first fragment has ports.
 *
 * A router may spread the first fragment by its ports and the later ones without. So all fragments
 * of a datagram go to one node first, the fragment owner, which the datagram's own hash names. The
 * fragment owner stores the ports of the first fragment, and the later ones follow it as if they
 * had these ports. A later fragment that overtakes the first is delivered here: the stack drops it
 * after a while.
 */
#define STEER_FRAGMENT_NS (30ULL * 1000000000) /* Linux waits as long for missing fragments */

/* Whether a service may claim the fragment: a later one has a protocol, but no ports. */
static __always_inline int steer_may_claim(const struct steer_packet *p,
					   const struct steer_vip *vip)
{
	switch (p->protocol) {
	case IPPROTO_TCP:
		return vip->protocols & STEER_VIP_TCP;
	case IPPROTO_UDP:
		return vip->protocols & STEER_VIP_UDP;
	case IPPROTO_SCTP:
		return vip->protocols & STEER_VIP_SCTP;
	case IPPROTO_DSTOPTS: /* of IPv6: only the first fragment has the protocol behind it */
		return p->piece == STEER_LATER && !p->ipv4;
	default:
		return 0;
	}
}

/* Whether another node is the fragment's owner. Then @decision names it. */
static __always_inline int steer_to_fragment_owner(const struct steer_settings *settings,
						   struct steer_packet *p,
						   struct steer_decision *decision)
{
	__u8 protocol = p->ipv4 ? p->protocol : 0;

	decision->hash = steer_hash_pair(p, &settings->flow_key,
					 (__u64)protocol << 32 | steer_raw32(p->datagram));
	decision->target = steer_find_fragment_owner(decision->hash);
	decision->node = steer_find_nexthop(decision->target);
	if (decision->target != settings->self && decision->node) {
		decision->hop = STEER_HOP_FRAGMENT;
		return 1;
	}
	decision->target = STEER_NODE_NONE;
	return 0;
}

static __always_inline void steer_remember_first(const struct steer_packet *p,
						 const struct steer_fragment_key *key)
{
	struct steer_fragment value = {
		.seen_ns = bpf_ktime_get_ns(),
		.sport = p->flow.sport,
		.dport = p->flow.dport,
		.protocol = p->protocol,
	};

	bpf_map_update_elem(&steer_fragments, key, &value, BPF_ANY);
}

static __always_inline int steer_recall_first(struct steer_packet *p,
					      const struct steer_fragment_key *key)
{
	struct steer_fragment *first = bpf_map_lookup_elem(&steer_fragments, key);

	if (!first || bpf_ktime_get_ns() - first->seen_ns > STEER_FRAGMENT_NS)
		return STEER_V_LOCAL_FRAGMENT;
	p->flow.sport = first->sport;
	p->flow.dport = first->dport;
	p->flow.protocol = first->protocol;
	p->needs_socket = first->protocol == IPPROTO_TCP;
	return STEER_CONTINUE;
}

/*
 * A fragment to a virtual address.
 * Return: STEER_SEND to the fragment owner; STEER_CONTINUE with the flow known; or a verdict.
 */
static __always_inline int steer_collect(struct xdp_md *ctx, const struct steer_settings *settings,
					 struct steer_packet *p, struct steer_decision *decision)
{
	struct steer_fragment_key key = {};

	steer_find_hop(ctx, p, decision->bloom);
	if (p->hop == STEER_HOP_NONE && steer_to_fragment_owner(settings, p, decision))
		return STEER_SEND;
	key.src = p->flow.src;
	key.dst = p->flow.dst;
	key.id = p->datagram;
	key.protocol = p->ipv4 ? p->protocol : 0;
	if (p->piece == STEER_LATER)
		return steer_recall_first(p, &key);
	if (!steer_is_synthetic(ctx, settings))
		steer_remember_first(p, &key);
	return STEER_CONTINUE;
}

#endif
