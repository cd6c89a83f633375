/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_COUNT_H
#define STEER_BPF_COUNT_H

#include "maps.h"
#include "parse.h"
#include "steer/verdict.h"
#include "way.h"

/**
 * DOC: stage 7, every packet is counted once, and its verdict becomes the action.
 */

__inline enum steer_class steer_class_of(__u32 verdict)
{
	switch (verdict) {
#define X(symbol, class, name, help) \
	case STEER_V_##symbol:       \
		return STEER_CLASS_##class;
		STEER_VERDICTS(X)
#undef X
	}
	return STEER_CLASS_DROP;
}

/* @way tells the interface, where the packet goes to a node. */
__inline int steer_action_of(struct xdp_md *ctx, __u32 verdict, const struct steer_way *way)
{
	switch (steer_class_of(verdict)) {
	case STEER_CLASS_PASS:
	case STEER_CLASS_LOCAL:
		return XDP_PASS;
	case STEER_CLASS_FORWARD:
		if (way->node && way->node->ifindex != ctx->ingress_ifindex)
			return bpf_redirect_map(&steer_devs, way->node->ifindex, XDP_DROP);
		return XDP_TX;
	case STEER_CLASS_REFLECT:
		return XDP_TX;
	default:
		return XDP_DROP;
	}
}

__inline void steer_add(struct steer_counter *counter, __u64 bytes)
{
	counter->packets++;
	counter->bytes += bytes;
}

__inline void steer_count_service(const struct steer_service *service, enum steer_class class,
				  __u64 bytes)
{
	__u32 id = service->id;
	struct steer_service_stats *stats = bpf_map_lookup_elem(&steer_svc_stats, &id);

	if (stats && class < STEER_CLASSES)
		steer_add(&stats->by_class[class], bytes);
}

__inline void steer_count_node(__u32 node, enum steer_class class, __u64 bytes)
{
	struct steer_node_stats *stats = bpf_map_lookup_elem(&steer_node_stat, &node);

	if (!stats)
		return;
	if (class == STEER_CLASS_FORWARD)
		steer_add(&stats->sent, bytes);
	else if (class == STEER_CLASS_DROP)
		steer_add(&stats->dropped, bytes);
}

__inline void steer_count(__u32 verdict, const struct steer_way *way, __u64 bytes)
{
	enum steer_class class = steer_class_of(verdict);
	struct steer_counter *counters;
	__u32 zero = 0;

	counters = bpf_map_lookup_elem(&steer_verdicts, &zero);
	if (counters && verdict < STEER_MAX_VERDICTS)
		steer_add(&counters[verdict], bytes);
	if (steer_is_claimed(way) && class != STEER_CLASS_PASS)
		steer_count_service(&way->service, class, bytes);
	if (way->target)
		steer_count_node(way->target, class, bytes);
}

#endif
