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

/* Whether the flow may well live here, as this node came before the owner or was in the row under
 * a table before. */
__verified_alone int steer_was_owner(const struct steer_row *row, __u32 owner, __u32 self)
{
	__u32 i;

	if (!row)
		return 0;
#pragma unroll
	for (i = 0; i < STEER_RANKS; i++) {
		if (row->rank[i] == owner)
			break;
		if (row->rank[i] == self)
			return 1;
	}
#pragma unroll
	for (i = 0; i < STEER_PREVIOUS; i++)
		if (row->previous[i] == self)
			return 1;
	return 0;
}

#define STEER_CANDIDATES (STEER_RANKS + STEER_PREVIOUS)
_Static_assert(STEER_RANKS == STEER_PREVIOUS, "they take turns");

/*
 * Who may have a flow, best guess first: the best rank, which may be passed over only for new flows
 * (it drains, its check fails) or not have been there when the flow began; who left the row last;
 * the next rank, which serves while the first does not; and so on.
 */
__inline __u32 steer_candidate(const struct steer_row *row, __u32 i)
{
	i &= STEER_CANDIDATES - 1;
	return i % 2 ? row->previous[i / 2] : row->rank[i / 2];
}

/* In place of a node: none, and nodes disagree about the row. */
#define STEER_UNSURE 0xffff

/*
 * The next candidate to ask: live, not this node, behind those that were asked already.
 * @hop: the packet's last; @from: the node it came from
 *
 * All nodes go through a row in the same order, and the hop says how far the packet has come. While
 * they disagree about the row (one has a new table, another not yet), this node is not where the
 * hop says in its own view: then anybody may have it, and is asked by chance, so that what is sent
 * again goes another way. As the hop's number grows still, that ends.
 *
 * Return: the node's id, and above its 16 bits the hop to it; 0: none; STEER_UNSURE.
 */
__verified_alone int steer_find_former(const struct steer_row *row,
				       const struct steer_pool_states *states, __u32 self,
				       __u32 hop, __u32 from)
{
	__u32 asked = hop - STEER_HOP_CHANCE; /* the last one's place, if it was a candidate */
	int agreed = hop < STEER_HOP_CHANCE;
	__u32 i, first = 0;

	if (!row || !states)
		return 0;
#pragma unroll
	for (i = 0; i < STEER_CANDIDATES; i++)
		agreed |= i == asked && steer_candidate(row, i) == self;
	if (!agreed)
		first = bpf_get_prandom_u32() % STEER_CANDIDATES;
	else if (hop >= STEER_HOP_CHANCE)
		first = asked + 1;
	for (i = first; i < first + STEER_CANDIDATES; i++) {
		__u32 node = steer_candidate(row, i);
		__u32 next = STEER_HOP_CHANCE + i % STEER_CANDIDATES;

		if (agreed && i >= STEER_CANDIDATES)
			break;
		if (node == self || (!agreed && node == from) ||
		    !(steer_state_of(states, node) & STEER_STATE_LIVE))
			continue;
		if (next <= hop)
			next = hop + 1;
		if (next <= STEER_HOP_LIMIT)
			return node | next << 16;
	}
	return agreed ? STEER_NODE_NONE : STEER_UNSURE;
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
