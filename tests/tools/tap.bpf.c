// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: a measuring tap for the bridge's end of a node's veth pair, and a wire cutter.
 *
 * On the way in (tap) everything passes. That it is there makes XDP_TX on the node's end work, as
 * veth hands frames over only to a peer that runs a program too. It counts service packets (to a
 * virtual address, or wrapped in GUE) per port they came from and node they are addressed to, with
 * the times of the first and the last one, and of the last SYN: what the nodes really sent to each
 * other, not what they say.
 *
 * On the way out (tap_out) frames of one node to another are dropped while tap_cuts says so,
 * broadcasts among them. They have been counted by then.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "steer/gue.h"
#include "tap.h"

enum kind { KIND_OTHER, KIND_SERVICE, KIND_SYN };

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

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct tap_cut);
	__type(value, __u8);
} tap_cuts SEC(".maps");

static __always_inline enum kind kind_of_l4(__u8 protocol, void *l4, void *end)
{
	struct tcphdr *tcp = l4;

	if (protocol != IPPROTO_TCP || (void *)(tcp + 1) > end)
		return KIND_SERVICE;
	return tcp->syn && !tcp->ack ? KIND_SYN : KIND_SERVICE;
}

static __always_inline enum kind kind_of_wrapped(void *l4, void *end)
{
	struct udphdr *udp = l4;
	struct steer_gue *gue = (void *)(udp + 1);
	struct ipv6hdr *ip6 = (void *)(gue + 1);
	struct iphdr *ip = (void *)(gue + 1);

	if ((void *)(udp + 1) > end || udp->dest != bpf_htons(STEER_GUE_PORT))
		return KIND_OTHER;
	if ((void *)(ip + 1) > end)
		return KIND_SERVICE;
	if (gue->protocol == IPPROTO_IPIP)
		return kind_of_l4(ip->protocol, (void *)ip + ip->ihl * 4, end);
	if ((void *)(ip6 + 1) > end)
		return KIND_SERVICE;
	return kind_of_l4(ip6->nexthdr, ip6 + 1, end);
}

static __always_inline enum kind kind_of_ip(const struct tap_address *dst, __u8 protocol, void *l4,
					    void *end)
{
	if (bpf_map_lookup_elem(&tap_vips, dst))
		return kind_of_l4(protocol, l4, end);
	return protocol == IPPROTO_UDP ? kind_of_wrapped(l4, end) : KIND_OTHER;
}

static __always_inline enum kind kind_of_frame(struct ethhdr *eth, void *end)
{
	struct tap_address dst = {};

	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = (void *)(eth + 1);

		if ((void *)(ip + 1) > end)
			return KIND_OTHER;
		dst.word[2] = bpf_htonl(0xffff);
		dst.word[3] = ip->daddr;
		return kind_of_ip(&dst, ip->protocol, (void *)ip + ip->ihl * 4, end);
	}
	if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = (void *)(eth + 1);

		if ((void *)(ip + 1) > end)
			return KIND_OTHER;
		__builtin_memcpy(&dst, &ip->daddr, sizeof(dst));
		return kind_of_ip(&dst, ip->nexthdr, ip + 1, end);
	}
	return KIND_OTHER;
}

SEC("xdp")
int tap(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct tap_key key = { .ifindex = ctx->ingress_ifindex };
	struct tap_seen fresh = {};
	struct tap_seen *seen;
	enum kind kind;
	__u64 now_ns;

	if ((void *)(eth + 1) > end)
		return XDP_PASS;
	kind = kind_of_frame(eth, end);
	if (kind == KIND_OTHER)
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
	if (kind == KIND_SYN) {
		__sync_fetch_and_add(&seen->syns, 1);
		seen->last_syn_ns = now_ns;
	}
	return XDP_PASS;
}

SEC("tc")
int tap_out(struct __sk_buff *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct tap_cut key = { .ifindex = ctx->ifindex };

	if ((void *)(eth + 1) > end)
		return TC_ACT_OK;
	__builtin_memcpy(key.src_mac, eth->h_source, ETH_ALEN);
	key.src_mac[0] = 0;
	return bpf_map_lookup_elem(&tap_cuts, &key) ? TC_ACT_SHOT : TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
