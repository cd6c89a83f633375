/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_OWNER_H
#define STEER_BPF_OWNER_H

#include "maps.h"
#include "parse.h"

/**
 * DOC: stage 5, row → owner: the first rank that serves; and who else may have the flow.
 *
 * A node that goes down is skipped, here, by a byte; the table stays. When four members fail at
 * once and they are just the ranks of a row, the flow tries a few further rows before it is given
 * up.
 */
#define STEER_PROBE_STRIDE 0x9e37 /* odd, far from neighbours */

struct steer_choice {
	struct steer_row *row;
	struct steer_pool_states *states;
	__u32 index; /* of the row */
	__u32 owner; /* STEER_NODE_NONE: nobody serves */
};

__inline __u8 steer_state_of(const struct steer_pool_states *states, __u32 node)
{
	return states->node[node & (STEER_MAX_NODES - 1)];
}

__inline void steer_find_owner(__u32 pool, __u64 hash, struct steer_choice *ret_choice)
{
	void *table = bpf_map_lookup_elem(&steer_tables, &pool);
	struct steer_pool_states *states = bpf_map_lookup_elem(&steer_states, &pool);
	__u32 probe, rank;

	ret_choice->index = STEER_NO_ROW;
	ret_choice->owner = STEER_NODE_NONE;
	if (!table || !states)
		return;
	ret_choice->states = states;
	for (probe = 0; probe < STEER_PROBE_ROWS; probe++) {
		__u32 index = (hash + probe * STEER_PROBE_STRIDE) & (STEER_TABLE_ROWS - 1);
		struct steer_row *row = bpf_map_lookup_elem(table, &index);

		if (!row)
			return;
		ret_choice->row = row;
		ret_choice->index = index;
#pragma unroll
		for (rank = 0; rank < STEER_RANKS; rank++) {
			if (steer_state_of(states, row->rank[rank]) & STEER_STATE_SERVING) {
				ret_choice->owner = row->rank[rank];
				return;
			}
		}
	}
}

/* Whether the flow may well live here, as this node came before the owner or was it under the last
 * table. */
__inline int steer_was_owner(const struct steer_choice *choice, __u32 self)
{
	const struct steer_row *row = choice->row;
	__u32 rank;

#pragma unroll
	for (rank = 0; rank < STEER_RANKS; rank++) {
		if (row->rank[rank] == choice->owner)
			break;
		if (row->rank[rank] == self)
			return 1;
	}
	return row->previous == self;
}

/*
 * Where the flow may live if not here, best guess first: a better rank is passed over only for new
 * flows (it drains, its check fails), but keeps those it has; the owner, unless that is us; the
 * owner under the table before; and the rank behind the owner, which served while the owner was
 * away. All of them must be live. Return: a node's id, or STEER_NODE_NONE.
 */
__inline __u32 steer_find_former(const struct steer_choice *choice, __u32 self)
{
	const struct steer_row *row = choice->row;
	__u32 previous = row->previous;
	__u32 rank, behind = STEER_NODE_NONE;
	int passed = 0;

#pragma unroll
	for (rank = 0; rank < STEER_RANKS; rank++) {
		__u32 node = row->rank[rank];

		if (node == choice->owner)
			passed = 1;
		if (node == self || !(steer_state_of(choice->states, node) & STEER_STATE_LIVE))
			continue;
		if (!passed || node == choice->owner)
			return node;
		if (!behind)
			behind = node;
	}
	if (previous != self && steer_state_of(choice->states, previous) & STEER_STATE_LIVE)
		return previous;
	return behind;
}

/*
 * Who sees all fragments of a datagram with this hash: any node that runs the program will do, and
 * all must agree. Return: a node's id, or STEER_NODE_NONE.
 */
__verified_alone int steer_find_collector(__u64 hash)
{
	struct steer_choice choice = {};

	steer_find_owner(STEER_POOL_CLUSTER, hash, &choice);
	return choice.owner;
}

#endif
