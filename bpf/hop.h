/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_HOP_H
#define STEER_BPF_HOP_H

#include "maps.h"
#include "parse.h"

/**
 * DOC: The hop that a packet has made: from its GUE header, or from the frame's source MAC.
 */

static __always_inline void steer_find_hop(const struct xdp_md *ctx, struct steer_packet *p,
					   const struct steer_bloom *bloom)
{
	struct ethhdr *eth;
	struct steer_mac_key key = {};
	struct steer_mac *mac;
	__u8 flipped;

	if (p->decapsulated)
		return;
	eth = steer_at(ctx, 0, sizeof(*eth));
	if (!eth ||
	    !steer_bloom_has(bloom->macs, steer_bloom_mac(*(const __u32 *)(eth->h_source + 2))))
		return;
	steer_copy_mac(key.mac, eth->h_source);
	key.mac[0] = 0;
	mac = bpf_map_lookup_elem(&steer_macs, &key);
	if (!mac)
		return;
	flipped = (eth->h_source[0] ^ mac->first) >> 1;
	p->hop = (flipped + STEER_HOP_OWNER) & STEER_HOP_MASK;
	p->epoch = flipped >> STEER_HOP_BITS;
	p->from = mac->node;
}

/* Puts hop and epoch into the source MAC, which is the node's own (STEER_HOP_MAC). */
static __always_inline void steer_mark_hop(struct ethhdr *eth, __u32 hop, __u32 epoch)
{
	eth->h_source[0] ^= STEER_HOP_MAC(hop, epoch);
}

#endif
