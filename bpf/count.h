/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_COUNT_H
#define STEER_BPF_COUNT_H

#include "maps.h"
#include "parse.h"
#include "steer/verdict.h"

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

__inline int steer_action_of(enum steer_class class)
{
	switch (class) {
	case STEER_CLASS_PASS:
	case STEER_CLASS_LOCAL:
		return XDP_PASS;
	case STEER_CLASS_FORWARD:
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

/* The last thing done to a packet. service is NULL and node STEER_NODE_NONE if there is none. */
__inline int steer_finish(__u32 verdict, const struct steer_service *service, __u32 node,
			  __u64 bytes)
{
	enum steer_class class = steer_class_of(verdict);
	struct steer_counter *counter = bpf_map_lookup_elem(&steer_verdicts, &verdict);

	if (counter)
		steer_add(counter, bytes);
	if (service && class != STEER_CLASS_PASS)
		steer_count_service(service, class, bytes);
	if (node)
		steer_count_node(node, class, bytes);
	return steer_action_of(class);
}

#endif
