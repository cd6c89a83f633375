/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_FORWARD_H
#define STEER_BPF_FORWARD_H

#include "checksum.h"
#include "hop.h"
#include "maps.h"
#include "owner.h"
#include "socket.h"
#include "too_big.h"
#include "way.h"
#include "wrap.h"

/**
 * DOC: stage 6, deliver here or send on: to the owner, or on a second chance to who may have the
 * flow.
 *
 * Tables and states change while connections live. A TCP packet that reaches the owner, and the
 * owner's stack has no socket for it, is sent on to the nodes that may have one, from one to the
 * next. If none has, the last one delivers it, and its stack answers with a reset, as it should: a
 * client learns at once that its connection is gone.
 *
 * What keeps a packet from circling between nodes that disagree: the hops, in the GUE header or
 * told by the MAC it was sent from, and the TTL, of which every l2 forwarding takes one.
 */

__inline int steer_deliver(const struct steer_packet *p, int owned)
{
	if (!owned)
		return STEER_V_LOCAL_FORWARDED;
	return p->unwrapped ? STEER_V_LOCAL_DECAPSULATED : STEER_V_LOCAL_OWNER;
}

/*
 * Decides. A router's packet goes to the owner. The owner, if it does not have the connection,
 * sends it to who may have it; so does a node that was taken for the owner and thinks otherwise,
 * and a node that was asked in vain. Who serves no more looks for a socket of its own before it
 * sends on.
 *
 * Return: STEER_CONTINUE, with @way->target set; or a verdict.
 */
__inline int steer_decide(struct xdp_md *ctx, const struct steer_settings *settings,
			  struct steer_packet *p, const struct steer_choice *choice,
			  struct steer_way *way)
{
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	int owned = choice->owner == settings->self;
	int reached, former = STEER_FORMER_SURE;

	if (owned && (!p->needs_socket || steer_find_socket(ctx, p)))
		return steer_deliver(p, owned);
	if ((void *)(eth + 1) > data_end)
		return STEER_V_DROP_INTERNAL;
	steer_find_hop(p, way->filter, eth);
	reached = p->hop >= STEER_HOP_OWNER;
	if (reached && !owned && !p->needs_socket)
		return STEER_V_LOCAL_FORWARDED;
	/* A new flow is never kept by who owned it once: only a connection that is here is. One
	 * that was only begun here may live on the owner, who is asked first. */
	if (!owned && p->needs_socket) {
		if (reached && steer_find_socket(ctx, p))
			return STEER_V_LOCAL_FORWARDED;
		if (!reached && !steer_serves(choice->states, settings->self) &&
		    steer_find_socket(ctx, p) == STEER_SOCKET_OPEN)
			return STEER_V_LOCAL_DRAINING;
	}
	if (owned || reached) {
		former = steer_find_former(settings, p, choice->row, choice->states);
		way->target = former & 0xffff;
		way->hop = former >> STEER_FORMER_HOP_SHIFT & STEER_HOP_MASK;
		way->epoch = former & STEER_FORMER_SURE ? settings->epoch : STEER_EPOCH_NONE;
	} else {
		way->target = choice->owner;
		way->hop = STEER_HOP_OWNER;
	}
	way->node = steer_find_way(way->target);
	if (way->node)
		return STEER_CONTINUE;
	if (way->hop == STEER_HOP_OWNER)
		return STEER_V_DROP_UNRESOLVED;
	way->target = STEER_NODE_NONE;
	way->hop = STEER_HOP_NONE;
	/* Somebody may have it whom we do not know of: the sender will try again. */
	if (settings->flags & STEER_CONVERGING || !(former & STEER_FORMER_SURE))
		return STEER_V_DROP_CONVERGING;
	return steer_deliver(p, owned);
}

__inline int steer_send_l2(struct xdp_md *ctx, const struct steer_packet *p,
			   const struct steer_way *way)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	void *header = steer_ip(p, data);

	/* The longer of the two headers is not always there. */
	if (p->ipv4) {
		struct iphdr *ip = header;

		if ((void *)(ip + 1) > data_end)
			return STEER_V_DROP_INTERNAL;
		steer_decrease_ttl(ip);
	} else {
		struct ipv6hdr *ip = header;

		if ((void *)(ip + 1) > data_end)
			return STEER_V_DROP_INTERNAL;
		ip->hop_limit--;
	}
	if (data + sizeof(struct ethhdr) > data_end)
		return STEER_V_DROP_INTERNAL;
	steer_copy_mac(data, way->node->dst_mac);
	steer_copy_mac(data + ETH_ALEN, way->node->src_mac);
	steer_mark_hop(data, way->hop, way->epoch);
	return STEER_V_FORWARD_L2;
}

/* Sends to @way->target. */
__inline int steer_send(struct xdp_md *ctx, const struct steer_settings *settings,
			const struct steer_packet *p, const struct steer_way *way)
{
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	const struct steer_node *node = way->node;
	__u32 overhead;
	int verdict;

	if ((void *)(eth + 1) > data_end)
		return STEER_V_DROP_INTERNAL;
	if (!steer_is_for_us(settings, eth))
		return STEER_V_PASS_OTHER_HOST;
	if (p->ttl == 0)
		return STEER_V_LOCAL_FORWARDED;
	if (node->forward == STEER_FORWARD_L2) {
		verdict = steer_send_l2(ctx, p, way);
	} else {
		overhead = steer_overhead(node);
		if (p->ip_bytes + overhead > node->mtu_bytes)
			return steer_too_big(ctx, p, node->mtu_bytes - overhead);
		verdict = steer_wrap(ctx, settings, p, way);
	}
	if (verdict == STEER_V_DROP_INTERNAL || way->hop == STEER_HOP_OWNER)
		return verdict;
	return way->hop == STEER_HOP_FRAGMENT ? STEER_V_FORWARD_FRAGMENT
					      : STEER_V_FORWARD_SECOND_CHANCE;
}

#endif
