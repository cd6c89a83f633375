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
	/* The compiler knows the bound without the mask; kernel 6.1's verifier does not. */
	barrier_var(i);
	i &= STEER_CANDIDATES - 1;
	return i % 2 ? row->previous[i / 2] : row->rank[i / 2];
}

/* What steer_find_former() returns: a node's id in its lower 16 bits, and above it */
#define STEER_FORMER_HOP_SHIFT 16
#define STEER_FORMER_SURE (1 << 24)

__inline __u32 steer_former(__u32 node, __u32 hop, __u32 sure)
{
	return hop > STEER_HOP_LIMIT ? sure : node | hop << STEER_FORMER_HOP_SHIFT | sure;
}

/* The place behind a node's, in a row; any if it has none. */
__inline __u32 steer_place_behind(const struct steer_row *row, __u32 node)
{
	__u32 i, place = bpf_get_prandom_u32() % STEER_CANDIDATES;

#pragma unroll
	for (i = 0; i < STEER_CANDIDATES; i++)
		if (steer_candidate(row, i) == node)
			place = i + 1;
	return place;
}

/* Whether a node that is asked by one of another view does the asking itself: now and then. */
#define STEER_TAKES_OVER(random) ((random) % 8 == 0)

/*
 * The next step of a search for a connection that is not here: to a candidate that is live, not
 * this node, and was not asked already.
 *
 * All nodes go through a row in the same order, and the hop says how far the packet has come. A
 * node that has another view of tables and states cannot go on with that. From there on the search
 * is lost, and proves nothing: one node asks all others in its row's order, on hops with odd
 * numbers, and gets the packet back from each, on even ones. As it may be this one that is out of
 * date, a node that is asked sometimes does not give it back but asks the others itself.
 *
 * Return: STEER_NODE_NONE or a node with the hop to it, and whether the search is sure.
 */
__verified_alone int steer_find_former(const struct steer_settings *settings,
				       const struct steer_packet *p, const struct steer_row *row,
				       const struct steer_pool_states *states)
{
	__u32 i, first = 0, asked;
	int lost, returned;

	if (!settings || !p || !row || !states)
		return 0;
	asked = p->hop - STEER_HOP_CHANCE; /* the last one's place, if it was a candidate */
	lost = p->hop >= STEER_HOP_CHANCE &&
	       (p->view == STEER_VIEW_NONE || p->view != settings->view ||
		steer_candidate(row, asked) != settings->self);
	returned = lost && p->view == STEER_VIEW_NONE && p->hop % 2 == 0;
	if (lost && !returned && steer_state_of(states, p->from) & STEER_STATE_LIVE &&
	    !STEER_TAKES_OVER(bpf_get_prandom_u32()))
		return steer_former(p->from, p->hop + 2 - p->hop % 2, 0);
	if (returned)
		first = steer_place_behind(row, p->from);
	else if (!lost && p->hop >= STEER_HOP_CHANCE)
		first = asked + 1;
	for (i = first; i < STEER_CANDIDATES; i++) {
		__u32 node = steer_candidate(row, i);

		if (node == settings->self || (lost && node == p->from) ||
		    !(steer_state_of(states, node) & STEER_STATE_LIVE))
			continue;
		if (lost)
			return steer_former(node, p->hop + 1 + p->hop % 2, 0);
		return steer_former(node, STEER_HOP_CHANCE + i, STEER_FORMER_SURE);
	}
	return lost ? 0 : STEER_FORMER_SURE;
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
