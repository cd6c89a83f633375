// SPDX-License-Identifier: GPL-2.0
#include <linux/bpf.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../../bpf/parse.h"
#include "../../bpf/reflect.h"
#include "many.h"

/**
 * DOC: one network interface that answers S-BFD probes for hundreds of nodes.
 *
 * It is the program's own reflector, once per node: the destination address chooses the node.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MANY_NODES);
	__type(key, __u32);
	__type(value, struct steer_reflector);
} many_reflectors SEC(".maps");

SEC("xdp")
int many(struct xdp_md *ctx)
{
	struct steer_reflector *reflector;
	struct steer_settings *settings;
	struct steer_packet p = {};
	__u32 zero = 0, node;
	struct udphdr *udp;

	if (steer_parse(ctx, &p) != STEER_CONTINUE || p.protocol != IPPROTO_UDP)
		return XDP_PASS;
	udp = steer_l4_at(ctx, &p, sizeof(*udp));
	if (!udp || udp->dest != bpf_htons(STEER_SBFD_PORT))
		return XDP_PASS;
	node = bpf_ntohl(p.flow.dst.word[3]) - (p.ipv4 ? MANY_NETWORK : 0);
	reflector = bpf_map_lookup_elem(&many_reflectors, &node);
	settings = bpf_map_lookup_elem(&steer_settings, &zero);
	if (!reflector || !settings)
		return XDP_PASS;
	return steer_reflect_as(ctx, reflector, settings, &p) == STEER_V_REFLECT_SBFD ? XDP_TX
										      : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
