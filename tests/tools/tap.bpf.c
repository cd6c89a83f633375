// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: a measuring tap for the bridge's end of a node's veth pair.
 *
 * Lets everything pass. That it is there makes XDP_TX on the node's end work, as veth hands frames
 * over only to a peer that runs a program too. On the way it counts service packets (to a virtual
 * address, or wrapped in GUE) per port they came from and node they are addressed to, with the
 * times of the first and the last one: what the nodes really sent to each other, not what they say.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "steer/gue.h"
#include "tap.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct tap_address);
	__type(value, __u8);
} tap_vips SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct tap_key);
	__type(value, struct tap_seen);
} tap_seen SEC(".maps");

static __always_inline int is_service(const struct tap_address *dst, __u8 protocol, void *l4,
				      void *end)
{
	struct udphdr *udp = l4;

	if (bpf_map_lookup_elem(&tap_vips, dst))
		return 1;
	return protocol == IPPROTO_UDP && (void *)(udp + 1) <= end &&
	       udp->dest == bpf_htons(STEER_GUE_PORT);
}

static __always_inline int is_service_packet(struct ethhdr *eth, void *end)
{
	struct tap_address dst = {};

	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = (void *)(eth + 1);

		if ((void *)(ip + 1) > end)
			return 0;
		dst.word[2] = bpf_htonl(0xffff);
		dst.word[3] = ip->daddr;
		return is_service(&dst, ip->protocol, ip + 1, end);
	}
	if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = (void *)(eth + 1);

		if ((void *)(ip + 1) > end)
			return 0;
		__builtin_memcpy(&dst, &ip->daddr, sizeof(dst));
		return is_service(&dst, ip->nexthdr, ip + 1, end);
	}
	return 0;
}

SEC("xdp")
int tap(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct tap_key key = { .ifindex = ctx->ingress_ifindex };
	struct tap_seen fresh = {};
	struct tap_seen *seen;
	__u64 now_ns;

	if ((void *)(eth + 1) > end || !is_service_packet(eth, end))
		return XDP_PASS;

	now_ns = bpf_ktime_get_ns();
	__builtin_memcpy(key.dst_mac, eth->h_dest, ETH_ALEN);
	seen = bpf_map_lookup_elem(&tap_seen, &key);
	if (!seen) {
		fresh.first_ns = now_ns;
		bpf_map_update_elem(&tap_seen, &key, &fresh, BPF_NOEXIST);
		seen = bpf_map_lookup_elem(&tap_seen, &key);
		if (!seen)
			return XDP_PASS;
	}
	__sync_fetch_and_add(&seen->packets, 1);
	seen->last_ns = now_ns;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
