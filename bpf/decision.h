/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_DECISION_H
#define STEER_BPF_DECISION_H

#include "maps.h"
#include "parse.h"
#include "steer/trace.h"

/**
 * DOC: what the stages find out about a packet: for the next stage, the counters and the trace.
 */
struct steer_decision {
	const struct steer_bloom *bloom;
	struct steer_service service; /* STEER_NO_SERVICE: none claims it */
	struct steer_node *node;      /* the way to @target */
	__u64 hash;
	__u32 row;
	__u32 owner;
	__u32 target; /* STEER_NODE_NONE: not to be sent anywhere */
	__u32 hop;    /* enum steer_hop it makes to @target */
	__u32 epoch;  /* on that hop */
};

/* Where the stages begin: nothing is known. */
#define STEER_DECISION_NONE                                               \
	{                                                                 \
		.row = STEER_NO_ROW, .service = {.id = STEER_NO_SERVICE } \
	}

static __always_inline int steer_is_claimed(const struct steer_decision *decision)
{
	return decision->service.id != STEER_NO_SERVICE;
}

/* The way to a node. Return: NULL if there is no such node, or it is not known how to get there. */
static __always_inline struct steer_node *steer_find_nexthop(__u32 target)
{
	struct steer_node *node;

	if (target == STEER_NODE_NONE)
		return NULL;
	node = bpf_map_lookup_elem(&steer_nodes, &target);
	return node && node->forward != STEER_FORWARD_NONE ? node : NULL;
}

#endif
