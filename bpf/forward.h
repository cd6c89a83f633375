/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_FORWARD_H
#define STEER_BPF_FORWARD_H

#include "checksum.h"
#include "decision.h"
#include "encap.h"
#include "hop.h"
#include "maps.h"
#include "owner.h"
#include "pmtu.h"
#include "socket.h"

/**
 * DOC: Stage 6, deliver or forward: to the owner, or on a second chance to another node.
 *
 * Tables and states change while connections live. When a TCP packet reaches the owner and the
 * owner's stack has no socket for it, the packet goes on to the nodes that may have one, from one
 * to the next. If none has, the last node delivers the packet, and its stack answers with a reset.
 * That is right: the client learns at once that its connection is gone.
 *
 * Two things keep a packet from circling between nodes that disagree: the hop, which is in the GUE
 * header or in the source MAC, and the TTL, which each l2 hop decrements.
 */

static __always_inline int steer_deliver(const struct steer_packet *p, int owned)
{
	if (!owned)
		return STEER_V_LOCAL_FORWARDED;
	return p->decapsulated ? STEER_V_LOCAL_DECAPSULATED : STEER_V_LOCAL_OWNER;
}

/*
 * Decides where the packet goes. A packet from a router goes to the owner. Three nodes start or
 * continue the search for its connection: the owner, if it does not have the connection; a node
 * that got the packet as its owner but is not the owner by its own table; and a node that the
 * search has reached in vain. A node that no longer serves looks for a socket of its own before it
 * forwards.
 *
 * Return: STEER_SEND, or a verdict.
 */
static __always_inline int steer_decide(struct xdp_md *ctx, const struct steer_settings *settings,
					struct steer_packet *p, const struct steer_choice *choice,
					struct steer_decision *decision)
{
	struct steer_search search = { .sure = 1 };
	int owned = choice->owner == settings->self;
	int reached;

	if (owned && (!p->needs_socket || steer_find_socket(ctx, p)))
		return steer_deliver(p, owned);
	steer_find_hop(ctx, p, decision->bloom);
	reached = p->hop >= STEER_HOP_OWNER;
	if (reached && !owned && !p->needs_socket)
		return STEER_V_LOCAL_FORWARDED;
	/* A former owner keeps a connection that it has, and no new flow. A connection that was
	 * only begun here may live on the owner, so the owner is asked first. */
	if (!owned && p->needs_socket) {
		if (reached && steer_find_socket(ctx, p))
			return STEER_V_LOCAL_FORWARDED;
		if (!reached && !steer_serves(choice->states, settings->self) &&
		    steer_find_socket(ctx, p) == STEER_SOCKET_OPEN)
			return STEER_V_LOCAL_DRAINING;
	}
	if (owned || reached) {
		steer_search_next(settings, p, choice->row, choice->states, &search);
		if (search.node == STEER_NODE_NONE)
			steer_search_former(settings, p,
					    (__u64)decision->service.pool << 32 | choice->index,
					    choice->states, &search);
		decision->target = search.node;
		decision->hop = search.hop;
		decision->epoch = search.sure ? settings->epoch : STEER_EPOCH_NONE;
	} else {
		decision->target = choice->owner;
		decision->hop = STEER_HOP_OWNER;
	}
	decision->node = steer_find_nexthop(decision->target);
	if (decision->node)
		return STEER_SEND;
	if (decision->hop == STEER_HOP_OWNER)
		return STEER_V_DROP_UNRESOLVED;
	decision->target = STEER_NODE_NONE;
	decision->hop = STEER_HOP_NONE;
	/* A node that this one does not know of may have it: the sender will try again. */
	if (settings->flags & STEER_CONVERGING || !search.sure)
		return STEER_V_DROP_CONVERGING;
	return steer_deliver(p, owned);
}

static __always_inline int steer_send_l2(struct xdp_md *ctx, const struct steer_packet *p,
					 const struct steer_decision *decision)
{
	void *eth = steer_at(ctx, 0, sizeof(struct ethhdr));

	/* An IPv4 frame may be shorter than an IPv6 header. */
	if (p->ipv4) {
		struct iphdr *ip = steer_ip_at(ctx, p, sizeof(*ip));

		if (!ip)
			return STEER_V_DROP_INTERNAL;
		steer_decrease_ttl(ip);
	} else {
		struct ipv6hdr *ip = steer_ip_at(ctx, p, sizeof(*ip));

		if (!ip)
			return STEER_V_DROP_INTERNAL;
		ip->hop_limit--;
	}
	if (!eth)
		return STEER_V_DROP_INTERNAL;
	steer_copy_mac(eth, decision->node->dst_mac);
	steer_copy_mac(eth + ETH_ALEN, decision->node->src_mac);
	steer_mark_hop(eth, decision->hop, decision->epoch);
	return STEER_V_FORWARD_L2;
}

/* Sends to @decision->target. */
static __always_inline int steer_send(struct xdp_md *ctx, const struct steer_settings *settings,
				      const struct steer_packet *p,
				      const struct steer_decision *decision)
{
	const struct steer_node *node = decision->node;
	__u32 overhead;
	int verdict;

	if (!node) /* never with STEER_SEND, but the verifier does not know that */
		return STEER_V_DROP_INTERNAL;
	if (p->ttl == 0)
		return STEER_V_LOCAL_FORWARDED;
	if (node->forward == STEER_FORWARD_L2) {
		verdict = steer_send_l2(ctx, p, decision);
	} else {
		overhead = steer_overhead(node);
		if (p->ip_bytes + overhead > node->mtu_bytes)
			return steer_pmtu_reply(ctx, p, node->mtu_bytes - overhead);
		verdict = steer_encap(ctx, settings, p, decision);
	}
	if (verdict == STEER_V_DROP_INTERNAL || decision->hop == STEER_HOP_OWNER ||
	    (decision->hop > STEER_HOP_OWNER && p->flow.protocol != IPPROTO_TCP))
		return verdict;
	return decision->hop == STEER_HOP_FRAGMENT ? STEER_V_FORWARD_FRAGMENT
						   : STEER_V_FORWARD_SECOND_CHANCE;
}

#endif
