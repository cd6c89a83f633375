// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: a sender, a floor and a sink, for how many packets per second pass what is between them.
 *
 * The sender is run with BPF_F_TEST_XDP_LIVE_FRAMES. Pages come back to it with what was done to
 * them, so every packet is written anew. The floor is the least a program can do to send a packet
 * on. The sink counts packets by the node they are addressed to, and looks at all of that address:
 * what is not as it should be is counted apart, and so is a flow that changes nodes.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "mpps.h"
#include "steer/gue.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct mpps_settings);
} mpps_settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct mpps_seen);
} mpps_seen SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct mpps_flows);
} mpps_flows SEC(".maps");

struct packet {
	struct iphdr ip;
	struct udphdr udp;
} __attribute__((packed));

struct outer {
	struct iphdr ip;
	struct udphdr udp;
	struct steer_gue gue;
} __attribute__((packed));

SEC("xdp")
int mpps_send(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	__u64 *frame = (void *)(long)ctx->data;
	struct packet *packet = (void *)frame + ETH_HLEN;
	struct mpps_settings *settings;
	__u32 zero = 0;

	settings = bpf_map_lookup_elem(&mpps_settings, &zero);
	if (!settings || (void *)(frame + MPPS_FRAME_WORDS) > end)
		return XDP_ABORTED;
#pragma unroll
	for (int i = 0; i < MPPS_FRAME_WORDS; i++)
		frame[i] = settings->frame[i];
	packet->udp.source =
		bpf_htons(MPPS_FIRST_PORT + (settings->next++ & (settings->flows - 1)));
	return bpf_redirect(settings->ifindex, 0);
}

SEC("xdp")
int mpps_swap(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	__u8 mac[ETH_ALEN];

	if ((void *)(eth + 1) > end)
		return XDP_PASS;
	__builtin_memcpy(mac, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, mac, ETH_ALEN);
	return XDP_TX;
}

/* Return: the last byte of a MAC of ours, 0: another. */
static __always_inline __u32 mac_number(const __u8 *mac)
{
	return mac[0] == 0x02 && !mac[1] && !mac[2] && !mac[3] && !mac[4] ? mac[5] : 0;
}

static __always_inline int is_outer(const struct outer *outer, __be32 node)
{
	return outer->ip.protocol == IPPROTO_UDP && outer->ip.daddr == node &&
	       outer->udp.dest == bpf_htons(STEER_GUE_PORT);
}

/* Return: the node it is for, 0: none, as it is not as it should be. */
static __always_inline __u32 node_of(void *data, void *end, __u32 kind, __u32 *ret_flow)
{
	struct ethhdr *eth = data;
	struct outer *outer = (void *)(eth + 1);
	struct packet *packet = (void *)outer;
	__u32 number;
	__be32 node;

	if ((void *)(packet + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return 0;
	number = mac_number(eth->h_dest);
	if (kind == MPPS_SWAPPED ? number != MPPS_ROUTER
				 : number < MPPS_FIRST || number > MPPS_LAST)
		return 0;
	node = bpf_htonl(MPPS_NETWORK + number);
	if (kind == MPPS_GUE) {
		packet = (void *)(outer + 1);
		if ((void *)(packet + 1) > end || !is_outer(outer, node))
			return 0;
	}
	*ret_flow = bpf_ntohs(packet->udp.source) - MPPS_FIRST_PORT;
	if (packet->ip.protocol != IPPROTO_UDP || packet->ip.saddr != bpf_htonl(MPPS_CLIENT) ||
	    packet->ip.daddr != (kind == MPPS_NAT ? node : bpf_htonl(MPPS_VIP)) ||
	    packet->udp.dest != bpf_htons(MPPS_PORT) || *ret_flow >= MPPS_FLOWS)
		return 0;
	return kind == MPPS_SWAPPED ? MPPS_SELF : number;
}

SEC("xdp")
int mpps_sink(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	struct mpps_settings *settings;
	struct mpps_flows *flows;
	struct mpps_seen *seen;
	__u32 zero = 0, flow = 0, node;

	settings = bpf_map_lookup_elem(&mpps_settings, &zero);
	flows = bpf_map_lookup_elem(&mpps_flows, &zero);
	seen = bpf_map_lookup_elem(&mpps_seen, &zero);
	if (!settings || !flows || !seen)
		return XDP_ABORTED;
	node = node_of(data, end, settings->kind, &flow);
	if (!node) {
		seen->other++;
		return XDP_DROP;
	}
	flow &= MPPS_FLOWS - 1;
	if (!flows->node[flow])
		flows->node[flow] = node;
	else if (flows->node[flow] != node)
		seen->moved++;
	seen->node[node & (MPPS_NODES - 1)]++;
	return XDP_DROP;
}

char _license[] SEC("license") = "GPL";
