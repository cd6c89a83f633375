// SPDX-License-Identifier: GPL-2.0
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "floor.h"
#include "plan.h"

/**
 * DOC: in front of each measured program: makes a frame as it would come in out of what the program
 * has left of the one before, with the next flow's addresses and ports, and calls the program.
 *
 * Nothing is written in pieces smaller than those the program will read, or the processor would
 * have to wait for them. All arithmetic is without branches, which would be guessed wrongly.
 *
 * The time is taken here, too: the kernel rounds it to whole nanoseconds per run.
 */
struct targets_memory memory;

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} programs SEC(".maps");

static __always_inline void watch(void)
{
	if (++memory.plan.run != memory.plan.stamp)
		return;
	memory.plan.begun_ns = memory.plan.ended_ns;
	memory.plan.ended_ns = bpf_ktime_get_ns();
	memory.plan.stamp = memory.plan.last;
}

static __always_inline __s32 next(__s32 now, __s32 stride, __s32 end)
{
	__s32 over = now + stride - end;
	__s32 within = over >> 31; /* all ones or none */

	barrier_var(within);
	return over + (end & within);
}

static __always_inline void next_flow(void)
{
	memory.plan.flow = next(memory.plan.flow, memory.plan.flow_stride, memory.plan.flows);
	memory.plan.service =
		next(memory.plan.service, memory.plan.service_stride, memory.plan.services);
}

/* Checks what the last run has left, and undoes how it has moved the frame's beginning. */
static __always_inline int undo(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	__u64 bytes = data_end - data;

	watch();
	if (data + sizeof(__u32) > data_end || *(__u32 *)data != memory.plan.left_mac ||
	    bytes != memory.plan.left_bytes)
		memory.plan.odd++;
	if (bytes != memory.plan.frame_bytes)
		return bpf_xdp_adjust_head(ctx, (int)bytes - (int)memory.plan.frame_bytes);
	return 0;
}

static __always_inline void write_eth(void *eth)
{
	*(__u32 *)eth = *(__u32 *)&memory.plan.mac[0];
	*(__u16 *)(eth + 4) = *(__u16 *)&memory.plan.mac[4];
	*(__u32 *)(eth + 6) = *(__u32 *)&memory.plan.mac[6];
	*(__u16 *)(eth + 10) = *(__u16 *)&memory.plan.mac[10];
	*(__u16 *)(eth + 12) = memory.plan.type;
}

static __always_inline __be32 client(void)
{
	return bpf_htonl(memory.plan.client + (memory.plan.flow >> PLAN_FLOW_PORTS_SHIFT));
}

static __always_inline __be32 vip(void)
{
	return bpf_htonl(memory.plan.vip + (memory.plan.service >> PLAN_SERVICE_PORTS_SHIFT));
}

static __always_inline void write_ports(__be16 *ports)
{
	ports[0] = bpf_htons(PLAN_FLOW_PORT + (memory.plan.flow & (PLAN_FLOW_PORTS - 1)));
	ports[1] = bpf_htons(memory.plan.port + (memory.plan.service & (PLAN_SERVICE_PORTS - 1)));
}

static __always_inline int call(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &programs, 0);
	return XDP_ABORTED;
}

SEC("xdp")
int wrap_v4(struct xdp_md *ctx)
{
	void *data_end, *data;
	struct iphdr *ip;

	if (undo(ctx))
		return XDP_ABORTED;
	data_end = (void *)(long)ctx->data_end;
	data = (void *)(long)ctx->data;
	ip = data + ETH_HLEN;
	if ((void *)(ip + 1) + 2 * sizeof(__be16) > data_end)
		return XDP_ABORTED;
	next_flow();
	write_eth(data);
	ip->ttl = memory.plan.ttl;
	ip->check = memory.plan.check;
	ip->saddr = client();
	ip->daddr = vip();
	write_ports((void *)(ip + 1));
	return call(ctx);
}

SEC("xdp")
int wrap_v6(struct xdp_md *ctx)
{
	void *data_end, *data;
	struct ipv6hdr *ip;

	if (undo(ctx))
		return XDP_ABORTED;
	data_end = (void *)(long)ctx->data_end;
	data = (void *)(long)ctx->data;
	ip = data + ETH_HLEN;
	if ((void *)(ip + 1) + 2 * sizeof(__be16) > data_end)
		return XDP_ABORTED;
	next_flow();
	write_eth(data);
	ip->hop_limit = memory.plan.ttl;
	ip->saddr.s6_addr32[3] = client();
	ip->daddr.s6_addr32[3] = vip();
	write_ports((void *)(ip + 1));
	return call(ctx);
}

/* IPv4 in GUE over IPv4, as another node would send it. */
SEC("xdp")
int wrap_gue(struct xdp_md *ctx)
{
	void *data_end, *data;
	struct udphdr *udp;
	struct iphdr *ip;
	__u32 *gue;

	if (undo(ctx))
		return XDP_ABORTED;
	data_end = (void *)(long)ctx->data_end;
	data = (void *)(long)ctx->data;
	udp = data + ETH_HLEN + sizeof(struct iphdr);
	gue = (void *)(udp + 1);
	ip = (void *)(gue + 3);
	if ((void *)(ip + 1) + 2 * sizeof(__be16) > data_end)
		return XDP_ABORTED;
	next_flow();
	write_eth(data);
	udp->check = 0;
	gue[0] = memory.plan.gue[0];
	gue[1] = memory.plan.gue[1];
	/* Read in order, which costs next to nothing. */
	if (++memory.plan.turn >= memory.plan.tags)
		memory.plan.turn = 0;
	gue[2] = memory.plan.turn < PLAN_MAX_FLOWS ? memory.tags[memory.plan.turn] : 0;
	ip->saddr = client();
	ip->daddr = vip();
	write_ports((void *)(ip + 1));
	return call(ctx);
}

/* Without a wrapper, what can do without: how well its cost is subtracted elsewhere. */
SEC("xdp")
int alone_null(struct xdp_md *ctx)
{
	(void)ctx;
	watch();
	return XDP_TX;
}

SEC("xdp")
int alone_tx(struct xdp_md *ctx)
{
	watch();
	return floor_swap(ctx);
}

char _license[] SEC("license") = "GPL";
