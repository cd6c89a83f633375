// SPDX-License-Identifier: GPL-2.0
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "steer/gue.h"

#include "floor.h"

/**
 * DOC: the least that a program could do in place of Steer's, for ratios.
 *
 * null does nothing: with it in its place, the wrapper's own cost is seen. room does the one thing
 * that costs the wrapper more with programs that move the frame's beginning.
 */
SEC("xdp")
int null(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_TX;
}

SEC("xdp")
int room(struct xdp_md *ctx)
{
	int bytes = sizeof(struct iphdr) + sizeof(struct udphdr) + sizeof(struct steer_gue);

	void *data_end, *data;

	if (bpf_xdp_adjust_head(ctx, -bytes))
		return XDP_ABORTED;
	data_end = (void *)(long)ctx->data_end;
	data = (void *)(long)ctx->data;
	if (data + sizeof(__be32) > data_end)
		return XDP_ABORTED;
	*(__be32 *)data = bpf_htonl(FLOOR_MAC);
	return XDP_TX;
}

SEC("xdp")
int floor_tx(struct xdp_md *ctx)
{
	return floor_swap(ctx);
}

/* Room for headers of so many bytes, and a new Ethernet header. Return: NULL if there is none. */
static __always_inline void *make_room(struct xdp_md *ctx, int bytes, __be16 type)
{
	void *data_end, *data;

	if (bpf_xdp_adjust_head(ctx, -bytes))
		return NULL;
	data_end = (void *)(long)ctx->data_end;
	data = (void *)(long)ctx->data;
	if (data + ETH_HLEN + bytes > data_end)
		return NULL;
	*(__be32 *)data = bpf_htonl(FLOOR_MAC);
	*(__be16 *)(data + 4) = bpf_htons(2);
	*(__be32 *)(data + ETH_ALEN) = bpf_htonl(FLOOR_MAC);
	*(__be16 *)(data + ETH_ALEN + 4) = bpf_htons(1);
	*(__be16 *)(data + 2 * ETH_ALEN) = type;
	return data + ETH_HLEN;
}

static __always_inline void fill_gue(struct udphdr *udp, __be16 bytes, __u8 protocol)
{
	struct steer_gue *gue = (void *)(udp + 1);

	udp->source = bpf_htons(0xc000);
	udp->dest = bpf_htons(STEER_GUE_PORT);
	udp->len = bytes;
	udp->check = 0;
	gue->hlen = STEER_GUE_HLEN;
	gue->protocol = protocol;
	gue->flags = 0;
	gue->private_type = STEER_GUE_PRIVATE;
	gue->hop = 2;
	gue->epoch = 1;
	gue->reserved = 0;
	gue->auth_tag = 0x12345678;
}

SEC("xdp")
int floor_gue(struct xdp_md *ctx)
{
	int bytes = sizeof(struct iphdr) + sizeof(struct udphdr) + sizeof(struct steer_gue);
	struct iphdr *ip = make_room(ctx, bytes, bpf_htons(ETH_P_IP));

	if (!ip)
		return XDP_ABORTED;
	ip->version = 4;
	ip->ihl = 5;
	ip->tos = 0;
	ip->tot_len = bpf_htons(90);
	ip->id = 0;
	ip->frag_off = bpf_htons(0x4000);
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->check = bpf_htons(0x1234);
	ip->saddr = bpf_htonl(0xc6120001);
	ip->daddr = bpf_htonl(0xc6120002);
	fill_gue((void *)(ip + 1), bpf_htons(70), IPPROTO_IPIP);
	return XDP_TX;
}

SEC("xdp")
int floor_gue_v6(struct xdp_md *ctx)
{
	int bytes = sizeof(struct ipv6hdr) + sizeof(struct udphdr) + sizeof(struct steer_gue);
	struct ipv6hdr *ip = make_room(ctx, bytes, bpf_htons(ETH_P_IPV6));
	int i;

	if (!ip)
		return XDP_ABORTED;
	*(__be32 *)ip = bpf_htonl(6 << 28);
	ip->payload_len = bpf_htons(90);
	ip->nexthdr = IPPROTO_UDP;
	ip->hop_limit = 64;
	for (i = 0; i < 4; i++) {
		ip->saddr.s6_addr32[i] = bpf_htonl(0x20010db8 + i);
		ip->daddr.s6_addr32[i] = bpf_htonl(0x20010db8 + i);
	}
	fill_gue((void *)(ip + 1), bpf_htons(90), IPPROTO_IPV6);
	return XDP_TX;
}

/* Plain Ethernet, IP without options or extensions, ports. */
SEC("xdp")
int floor_parse(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	struct ethhdr *eth = data;
	__u8 protocol;
	void *l4;

	if ((void *)(eth + 1) > data_end)
		return XDP_DROP;
	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = (void *)(eth + 1);

		if ((void *)(ip + 1) > data_end || ip->version != 4 || ip->ihl < 5)
			return XDP_DROP;
		protocol = ip->protocol;
		l4 = (void *)ip + ip->ihl * 4;
	} else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = (void *)(eth + 1);

		if ((void *)(ip + 1) > data_end || ip->version != 6)
			return XDP_DROP;
		protocol = ip->nexthdr;
		l4 = ip + 1;
	} else {
		return XDP_DROP;
	}
	if ((protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) ||
	    l4 + 2 * sizeof(__be16) > data_end || !((__be16 *)l4)[0] || !((__be16 *)l4)[1])
		return XDP_DROP;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
