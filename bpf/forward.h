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
__inline __u32 steer_hops(const struct steer_packet *p, const struct ethhdr *eth, __u32 *ret_sender)
{
	struct steer_mac_key key = {};
	struct steer_mac *mac;

	if (p->hop)
		return p->hop;
	steer_copy_mac(key.mac, eth->h_source);
	mac = bpf_map_lookup_elem(&steer_macs, &key);
	if (!mac)
		return 0;
	*ret_sender = mac->node;
	return mac->hop;
}

__inline int steer_is_wrapper(const struct steer_packet *p, const struct steer_node *node)
{
	return p->wrapper.word[0] == node->addr.word[0] &&
	       p->wrapper.word[1] == node->addr.word[1] &&
	       p->wrapper.word[2] == node->addr.word[2] && p->wrapper.word[3] == node->addr.word[3];
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
			__u32 hops, int second)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	int verdict;

	if (node->forward == STEER_FORWARD_L2)
		verdict = steer_send_l2(p, node, data, data_end, second);
	else
		verdict = steer_wrap(ctx, settings, p, node, hash, hops + 1);
	if (second && (verdict == STEER_V_FORWARD_L2 || verdict == STEER_V_FORWARD_GUE))
		return STEER_V_FORWARD_SECOND;
	return verdict;
}

/* The owner, if it is another and has not just sent the packet itself, else who had the flow
 * before. */
__inline __u32 steer_second_target(const struct steer_choice *choice, const struct steer_packet *p,
				   const struct steer_node *owner, __u32 self, __u32 sender)
{
	if (choice->owner != self && choice->owner != sender && !steer_is_wrapper(p, owner))
		return choice->owner;
	return steer_find_former(choice, self);
}

__inline int steer_forward(struct xdp_md *ctx, const struct steer_settings *settings,
			   const struct steer_packet *p, const struct steer_choice *choice,
			   __u64 hash, __u32 *ret_target)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	int owned = choice->owner == settings->self;
	struct ethhdr *eth = data;
	__u32 sender = STEER_NODE_NONE, target = choice->owner;
	struct steer_node *node;
	__u32 hops;
	int second = 0;

	if (owned && (steer_state_of(choice->states, 0) & STEER_STATE_SETTLED ||
		      steer_is_at_home(ctx, p, data, data_end)))
		return p->hop ? STEER_V_LOCAL_UNWRAPPED : STEER_V_LOCAL_OWNER;
	if ((void *)(eth + 1) > data_end)
		return STEER_V_DROP_INTERNAL;
	node = bpf_map_lookup_elem(&steer_nodes, &target);
	if (!node)
		return STEER_V_DROP_INTERNAL;
	hops = steer_hops(p, eth, &sender);
	if (owned || hops) {
		if (hops >= settings->hop_limit || p->ttl == 0)
			return owned ? STEER_V_LOCAL_OWNER : STEER_V_LOCAL_HOP;
		if (!owned && steer_is_at_home(ctx, p, data, data_end))
			return STEER_V_LOCAL_HOP;
		target = steer_second_target(choice, p, node, settings->self, sender);
		node = bpf_map_lookup_elem(&steer_nodes, &target);
		if (!target || !node || node->forward == STEER_FORWARD_NONE)
			return owned ? STEER_V_LOCAL_OWNER : STEER_V_LOCAL_HOP;
		second = 1;
	}
	if (node->forward == STEER_FORWARD_NONE)
		return STEER_V_DROP_UNRESOLVED;
	/* A switch floods what it has not learnt; the frame's real addressee forwards it, not we.
	 */
	if (!steer_same_mac(eth->h_dest, node->src_mac))
		return STEER_V_PASS_OTHER_HOST;
	if (p->ttl == 0)
		return STEER_V_LOCAL_HOP;
	*ret_target = target;
	return steer_send(ctx, settings, p, node, hash, hops, second);
}

#endif
