/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_ETHERNET_H
#define STEER_BPF_ETHERNET_H

#include "maps.h"
#include "parse.h"

/**
 * DOC: The Ethernet header: for this node or not, and moved with its VLAN tags to make room.
 */

/*
 * Whether the frame's destination is a MAC of this node. A switch floods frames to MACs that it has
 * not learnt, and an interface in promiscuous mode takes them: such a frame is left to its
 * addressee. The stages ask this once a service or an address of this node claims the frame, and
 * before anything is written: to the frame, the flow table or the fragment table.
 */
static __always_inline int steer_is_for_us(const struct xdp_md *ctx,
					   const struct steer_settings *settings)
{
	struct ethhdr *eth = steer_at(ctx, 0, sizeof(*eth));
	struct steer_interface other = {};
	int i;

	if (!eth)
		return 0;
#pragma unroll
	for (i = 0; i < STEER_MAX_INTERFACES; i++)
		if (steer_same_mac(eth->h_dest, settings->interface[i].mac))
			return 1;
	steer_copy_mac(other.mac, eth->h_dest);
	return bpf_map_lookup_elem(&steer_own_macs, &other) != NULL;
}

/*
 * Copies MACs, tags and type. @to may overlap @from from below, as bytes are copied from the front.
 * Both must have STEER_ETHERNET_MAX_BYTES within the frame.
 */
static __always_inline void steer_move_ethernet(void *to, const void *from, __u32 bytes)
{
	steer_copy_mac(to, from);
	steer_copy_mac(to + ETH_ALEN, from + ETH_ALEN);
	if (bytes > ETH_HLEN)
		*(__u32 *)(to + 2 * ETH_ALEN) = *(const __u32 *)(from + 2 * ETH_ALEN);
	if (bytes > ETH_HLEN + STEER_VLAN_BYTES)
		*(__u32 *)(to + 2 * ETH_ALEN + STEER_VLAN_BYTES) =
			*(const __u32 *)(from + 2 * ETH_ALEN + STEER_VLAN_BYTES);
}

/* Sets the type at the end of an Ethernet header of @bytes bytes. */
static __always_inline void steer_set_ethertype(void *eth, __u32 bytes, __be16 type)
{
	if (bytes > ETH_HLEN + STEER_VLAN_BYTES)
		*(__be16 *)(eth + ETH_HLEN + 2 * STEER_VLAN_BYTES - sizeof(type)) = type;
	else if (bytes > ETH_HLEN)
		*(__be16 *)(eth + ETH_HLEN + STEER_VLAN_BYTES - sizeof(type)) = type;
	else
		*(__be16 *)(eth + ETH_HLEN - sizeof(type)) = type;
}

#define STEER_ETHERNET_MAX_BYTES (ETH_HLEN + STEER_VLAN_TAGS * STEER_VLAN_BYTES)

/*
 * Makes room for @bytes between the Ethernet header and the IP header. The new header then begins
 * at the offset where @p has its IP header. Pointers into the frame are invalid afterwards. Return:
 * STEER_CONTINUE, or a verdict.
 */
static __always_inline int steer_make_room(struct xdp_md *ctx, const struct steer_packet *p,
					   int bytes, __be16 type)
{
	void *from, *to;

	if (bpf_xdp_adjust_head(ctx, -bytes))
		return STEER_V_DROP_INTERNAL;
	to = steer_at(ctx, 0, STEER_ETHERNET_MAX_BYTES);
	from = steer_at(ctx, bytes, STEER_ETHERNET_MAX_BYTES);
	if (!to || !from)
		return STEER_V_DROP_INTERNAL;
	steer_move_ethernet(to, from, p->ip_offset);
	steer_set_ethertype(to, p->ip_offset, type);
	return STEER_CONTINUE;
}

#endif
