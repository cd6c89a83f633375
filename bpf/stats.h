/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_STATS_H
#define STEER_BPF_STATS_H

#include "decision.h"
#include "maps.h"
#include "parse.h"
#include "steer/verdict.h"

/**
 * DOC: Stage 7, counters: each packet counts once; and its verdict becomes the action.
 */

static __always_inline enum steer_class steer_class_of(__u32 verdict)
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

/* @decision has the interface of a packet that goes to a node. */
static __always_inline int steer_action_of(struct xdp_md *ctx, __u32 verdict,
					   const struct steer_decision *decision)
{
	switch (steer_class_of(verdict)) {
	case STEER_CLASS_PASS:
	case STEER_CLASS_LOCAL:
		return XDP_PASS;
	case STEER_CLASS_FORWARD:
		if (decision->node && decision->node->ifindex != ctx->ingress_ifindex)
			return bpf_redirect_map(&steer_devs, decision->node->ifindex, XDP_DROP);
		return XDP_TX;
	case STEER_CLASS_REFLECT:
		return XDP_TX;
	default:
		return XDP_DROP;
	}
}

static __always_inline void steer_add(struct steer_counter *counter, __u64 bytes)
{
	counter->packets++;
	counter->bytes += bytes;
}

static __always_inline void steer_count_service(const struct steer_service *service,
						enum steer_class class, __u64 bytes)
{
	__u32 id = service->id;
	struct steer_service_stats *stats = bpf_map_lookup_elem(&steer_svc_stats, &id);

	if (stats && class < STEER_CLASSES)
		steer_add(&stats->by_class[class], bytes);
}

static __always_inline void steer_count_node(__u32 node, enum steer_class class, __u64 bytes)
{
	struct steer_node_stats *stats = bpf_map_lookup_elem(&steer_node_stat, &node);

	if (!stats)
		return;
	if (class == STEER_CLASS_FORWARD)
		steer_add(&stats->sent, bytes);
	else if (class == STEER_CLASS_DROP)
		steer_add(&stats->dropped, bytes);
}

static __always_inline void steer_count(__u32 verdict, const struct steer_decision *decision,
					__u64 bytes)
{
	enum steer_class class = steer_class_of(verdict);
	struct steer_counter *counters;
	__u32 zero = 0;

	counters = bpf_map_lookup_elem(&steer_verdicts, &zero);
	/* Masked and not compared: of a number that was compared to others before, kernel 6.1
	 * believes what cannot be. */
	steer_hide(verdict);
	if (counters)
		steer_add(&counters[verdict & (STEER_MAX_VERDICTS - 1)], bytes);
	if (steer_is_claimed(decision) && class != STEER_CLASS_PASS)
		steer_count_service(&decision->service, class, bytes);
	if (decision->target)
		steer_count_node(decision->target, class, bytes);
}

#endif
