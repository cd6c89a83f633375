/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_FORWARD_H
#define STEER_BPF_FORWARD_H

#include "checksum.h"
#include "maps.h"
#include "parse.h"
#include "wrap.h"

/**
 * DOC: stage 6, to the owner: back out of the NIC the packet came in by.
 *
 * l2 rewrites the MACs, which costs nothing on the wire. Two things keep such a packet from
 * circling between nodes that disagree: a frame that a node has sent is not forwarded again, and
 * each forwarding takes one from the TTL.
 */

/* Whether a node has forwarded this frame to us. */
__inline int steer_came_from_node(const struct ethhdr *eth)
{
	struct steer_mac_key key = {};

	steer_copy_mac(key.mac, eth->h_source);
	return bpf_map_lookup_elem(&steer_macs, &key) != NULL;
}

__inline int steer_forward_l2(const struct steer_packet *p, const struct steer_node *node,
			      void *data, void *data_end)
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
	return STEER_V_FORWARD_L2;
}

__inline int steer_forward(struct xdp_md *ctx, const struct steer_settings *settings,
			   const struct steer_packet *p, __u32 owner, __u64 hash)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	struct ethhdr *eth = data;
	struct steer_node *node = bpf_map_lookup_elem(&steer_nodes, &owner);

	if ((void *)(eth + 1) > data_end)
		return STEER_V_DROP_INTERNAL;
	if (!node || node->forward == STEER_FORWARD_NONE)
		return STEER_V_DROP_UNRESOLVED;
	/* A switch floods what it has not learnt; the frame's real addressee forwards it, not we.
	 */
	if (!steer_same_mac(eth->h_dest, node->src_mac))
		return STEER_V_PASS_OTHER_HOST;
	if (p->ttl == 0 || steer_came_from_node(eth))
		return STEER_V_LOCAL_HOP;
	if (node->forward == STEER_FORWARD_L2)
		return steer_forward_l2(p, node, data, data_end);
	return steer_wrap(ctx, settings, p, node, hash);
}

#endif
