/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BENCH_FLOOR_H
#define STEER_BENCH_FLOOR_H

#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <bpf/bpf_helpers.h>

/**
 * DOC: the floor of all forwarding: swap the MACs.
 */
#define FLOOR_MAC 0x02737465 /* the first four bytes of every node's, as WORLD_MAC */

static __always_inline int floor_swap(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	__u32 high;
	__u16 low;

	if (data + ETH_HLEN > data_end)
		return XDP_ABORTED;
	high = *(__u32 *)data;
	low = *(__u16 *)(data + 4);
	*(__u32 *)data = *(__u32 *)(data + ETH_ALEN);
	*(__u16 *)(data + 4) = *(__u16 *)(data + ETH_ALEN + 4);
	*(__u32 *)(data + ETH_ALEN) = high;
	*(__u16 *)(data + ETH_ALEN + 4) = low;
	return XDP_TX;
}

#endif
