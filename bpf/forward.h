/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_FORWARD_H
#define STEER_BPF_FORWARD_H

#include "checksum.h"
#include "maps.h"
#include "owner.h"
#include "parse.h"
#include "socket.h"
#include "wrap.h"

/**
 * DOC: stage 6, deliver here or send on: to the owner, or on a second chance to who owned the flow
 * before.
 *
 * Tables and states change while connections live. A TCP packet that reaches the owner, and the
 * owner's stack has no socket for it, is sent on to the node that may have one. If that one has
 * none either, or the packet has been sent on often enough, it is delivered, and the stack answers
 * with a reset, as it should: a client learns at once that its connection is gone.
 *
 * What keeps a packet from circling between nodes that disagree: the hops, in the GUE header or
 * told by the MAC it was sent from, and the TTL, of which every l2 forwarding takes one.
 */

/* How often the packet has been forwarded: by its own word, or by the MAC it was sent from. */
__inline __u32 steer_hops(const struct steer_packet *p, const struct ethhdr *eth)
{
	struct steer_mac_key key = {};
	struct steer_mac *mac;

	if (p->hop)
		return p->hop;
	steer_copy_mac(key.mac, eth->h_source);
	mac = bpf_map_lookup_elem(&steer_macs, &key);
	return mac ? mac->hop : 0;
}

__inline int steer_send_l2(const struct steer_packet *p, const struct steer_node *node, void *data,
			   void *data_end, int second)
{
	struct ethhdr *eth = data;

	/* The longer of the two headers is not always there. */
	if (p->ipv4) {
		struct iphdr *ip = (void *)(eth + 1);

		if ((void *)(ip + 1) > data_end)
			return STEER_V_DROP_INTERNAL;
		steer_decrease_ttl(ip);
	} else {
		struct ipv6hdr *ip = (void *)(eth + 1);

		if ((void *)(ip + 1) > data_end)
			return STEER_V_DROP_INTERNAL;
		ip->hop_limit--;
	}
	steer_copy_mac(eth->h_dest, node->dst_mac);
	steer_copy_mac(eth->h_source, node->src_mac);
	if (second)
		eth->h_source[0] ^= STEER_MAC_ALIAS;
	return STEER_V_FORWARD_L2;
}

__inline int steer_send(struct xdp_md *ctx, const struct steer_settings *settings,
			const struct steer_packet *p, const struct steer_node *node, __u64 hash,
			int second)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	int verdict;

	if (node->forward == STEER_FORWARD_L2)
		verdict = steer_send_l2(p, node, data, data_end, second);
	else
		verdict = steer_wrap(ctx, settings, p, node, hash, second ? STEER_HOP_LIMIT : 1);
	if (second && (verdict == STEER_V_FORWARD_L2 || verdict == STEER_V_FORWARD_GUE))
		return STEER_V_FORWARD_SECOND;
	return verdict;
}

__inline int steer_deliver(const struct steer_packet *p, int owned)
{
	if (!owned)
		return STEER_V_LOCAL_HOP;
	return p->hop ? STEER_V_LOCAL_UNWRAPPED : STEER_V_LOCAL_OWNER;
}

/*
 * A packet makes at most two hops. A router's packet goes to the owner (1). The owner, if it does
 * not have the connection, sends it to who may have it; so does a node that was taken for the owner
 * and thinks otherwise, be it to the sender, which may not have looked for a socket (2). Wherever
 * it is then, it stays. Who came before the owner looks for a socket of its own before it sends on.
 */
__inline int steer_forward(struct xdp_md *ctx, const struct steer_settings *settings,
			   const struct steer_packet *p, const struct steer_choice *choice,
			   __u64 hash, __u32 *ret_target)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	int owned = choice->owner == settings->self;
	__u32 target = choice->owner;
	struct ethhdr *eth = data;
	struct steer_node *node;
	__u32 hops;
	int needs_socket = steer_needs_socket(p, data, data_end);
	int second = 0;

	if (owned && (!needs_socket || steer_has_socket(ctx, p, data, data_end)))
		return steer_deliver(p, owned);
	if ((void *)(eth + 1) > data_end)
		return STEER_V_DROP_INTERNAL;
	hops = steer_hops(p, eth);
	if (hops && !owned && !needs_socket)
		return STEER_V_LOCAL_HOP;
	/* A new flow is never kept by who owned it once: only a connection that is here is. */
	if (!owned && needs_socket && (hops || steer_was_owner(choice, settings->self)) &&
	    steer_has_socket(ctx, p, data, data_end))
		return hops ? STEER_V_LOCAL_HOP : STEER_V_LOCAL_KEPT;
	if (owned || hops) {
		if (hops >= STEER_HOP_LIMIT || p->ttl == 0)
			return steer_deliver(p, owned);
		target = steer_find_former(choice, settings->self);
		second = 1;
	}
	node = bpf_map_lookup_elem(&steer_nodes, &target);
	if (!target || !node || node->forward == STEER_FORWARD_NONE) {
		if (second)
			return steer_deliver(p, owned);
		*ret_target = target;
		return STEER_V_DROP_UNRESOLVED;
	}
	/* A switch floods what it has not learnt: the real addressee forwards it, not we. */
	if (!steer_same_mac(eth->h_dest, node->src_mac))
		return STEER_V_PASS_OTHER_HOST;
	if (p->ttl == 0)
		return STEER_V_LOCAL_HOP;
	*ret_target = target;
	return steer_send(ctx, settings, p, node, hash, second);
}

#endif
