/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_DECISION_H
#define STEER_BPF_DECISION_H

#include "maps.h"
#include "parse.h"
#include "steer/trace.h"

/**
 * DOC: What the stages decide about a packet: for the next stage, the counters and the trace.
 */
struct steer_decision {
	const struct steer_bloom *bloom;
	struct steer_service service; /* STEER_NO_SERVICE: none claims it */
	struct steer_node *node;      /* how to reach @target; NULL: no target */
	__u64 hash;
	__u32 row;
	__u32 owner;
	__u32 target; /* STEER_NODE_NONE: the packet is not sent to a node */
	__u32 hop;    /* enum steer_hop to @target */
	__u32 epoch;  /* on that hop */
};

/* Before the first stage. */
#define STEER_DECISION_NONE                                               \
	{                                                                 \
		.row = STEER_NO_ROW, .service = {.id = STEER_NO_SERVICE } \
	}

static __always_inline int steer_is_claimed(const struct steer_decision *decision)
{
	return decision->service.id != STEER_NO_SERVICE;
}

/* The next hop to a node. Return: NULL if there is no such node, or its next hop is not resolved.
 */
static __always_inline struct steer_node *steer_find_nexthop(__u32 target)
{
	struct steer_node *node;

	if (target == STEER_NODE_NONE)
		return NULL;
	node = bpf_map_lookup_elem(&steer_nodes, &target);
	return node && node->forward != STEER_FORWARD_NONE ? node : NULL;
}

#endif
