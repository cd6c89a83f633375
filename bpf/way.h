/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_WAY_H
#define STEER_BPF_WAY_H

#include "maps.h"
#include "parse.h"

/**
 * DOC: what the stages find out about a packet: for the next stage, the counters and the trace.
 */
struct steer_way {
	const struct steer_filter *filter;
	struct steer_service *service; /* NULL: none claims it */
	struct steer_node *node;       /* the way to @target */
	__u64 hash;
	__u32 row;
	__u32 owner;
	__u32 target; /* STEER_NODE_NONE: not to be sent anywhere */
	__u32 hop;    /* enum steer_hop it makes to @target */
	__u32 view;   /* on that hop */
};

/* The way to a node. Return: NULL if there is no such node, or it is not known how to get there. */
__inline struct steer_node *steer_find_way(__u32 target)
{
	struct steer_node *node;

	if (target == STEER_NODE_NONE)
		return NULL;
	node = bpf_map_lookup_elem(&steer_nodes, &target);
	return node && node->forward != STEER_FORWARD_NONE ? node : NULL;
}

#endif
