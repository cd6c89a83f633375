/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_OWNER_H
#define STEER_BPF_OWNER_H

#include "maps.h"
#include "parse.h"
#include "steer/trace.h"

/**
 * DOC: Stage 5, row → owner: the first rank that serves; and the other nodes that may have the
 * flow.
 *
 * The table stays when a node goes down: its state, one byte, makes the program skip it. In slow
 * start, the same byte makes the program skip the node for some of its flows. When no rank of a row
 * serves, the first fallback node of the row that serves owns it, and when none does, a node of
 * another row. The nodes that may have a flow are those of its own row in any case.
 */
#define STEER_PROBE_STRIDE 0x9e37 /* odd, and far from neighbouring rows */

struct steer_choice {
	struct steer_row *row;
	struct steer_pool_states *states;
	__u32 index; /* of the row */
	__u32 owner; /* STEER_NODE_NONE: no node serves */
};

static __always_inline __u8 steer_state_of(const struct steer_pool_states *states, __u32 node)
{
	/* A compiler that knows the bound would remove the mask, and the verifier needs it. */
	steer_hide(node);
	return states->node[node & (STEER_MAX_NODES - 1)];
}

/* True during slow start, too. */
static __always_inline int steer_serves(const struct steer_pool_states *states, __u32 node)
{
	return steer_state_of(states, node) & STEER_STATE_SERVING;
}

/* Whether a flow that a node has can stay there. */
static __always_inline int steer_keeps_flows(__u8 state)
{
	return state & STEER_STATE_LIVE && state & (STEER_STATE_HEALTHY | STEER_STATE_DRAINING);
}

/* The last bucket: every node that serves takes its flows, in slow start, too. */
#define STEER_BUCKET_ANY (STEER_BUCKETS - 1)

static __always_inline __u32 steer_bucket_of(__u64 hash)
{
	return hash >> STEER_BUCKET_SHIFT & (STEER_BUCKETS - 1);
}

/* The first bucket whose flows a node takes. It is beyond the last one if the node does not serve:
 * then one comparison is enough. */
static __always_inline __u32 steer_first_bucket(__u8 state)
{
	return state >> STEER_STATE_RAMP_SHIFT | (~state & STEER_STATE_SERVING) * STEER_BUCKETS;
}

static __always_inline __u32 steer_first_serving(const struct steer_pool_states *states,
						 const __u16 *nodes, __u32 n, __u32 bucket)
{
	__u32 i;

#pragma unroll
	for (i = 0; i < n; i++)
		if (bucket >= steer_first_bucket(steer_state_of(states, nodes[i])))
			return STEER_ROW_NODE(nodes[i]);
	return STEER_NODE_NONE;
}

/*
 * The owner of a flow that no rank of its row takes. If ranks serve, they only ramp: the first of
 * them. Else the first fallback node that serves, or a node of another row.
 */
__global_fn int steer_find_substitute(__u32 pool, __u32 index)
{
	void *table = bpf_map_lookup_elem(&steer_tables, &pool);
	struct steer_pool_states *states = bpf_map_lookup_elem(&steer_states, &pool);
	__u32 probe, owner;

	if (!table || !states)
		return STEER_NODE_NONE;
	for (probe = 0; probe <= STEER_PROBE_ROWS; probe++) {
		__u32 at = (index + probe * STEER_PROBE_STRIDE) & (STEER_TABLE_ROWS - 1);
		struct steer_row *row = bpf_map_lookup_elem(table, &at);

		if (!row)
			return STEER_NODE_NONE;
		owner = steer_first_serving(states, row->rank, STEER_RANKS, STEER_BUCKET_ANY);
		if (owner == STEER_NODE_NONE)
			owner = steer_first_serving(states, row->fallback, STEER_FALLBACKS,
						    STEER_BUCKET_ANY);
		if (owner != STEER_NODE_NONE)
			return owner;
	}
	return STEER_NODE_NONE;
}

static __always_inline void steer_find_owner(__u32 pool, __u64 hash,
					     struct steer_choice *ret_choice)
{
	void *table = bpf_map_lookup_elem(&steer_tables, &pool);
	__u32 index = hash & (STEER_TABLE_ROWS - 1);

	ret_choice->index = STEER_NO_ROW;
	ret_choice->owner = STEER_NODE_NONE;
	ret_choice->states = bpf_map_lookup_elem(&steer_states, &pool);
	if (!table || !ret_choice->states)
		return;
	ret_choice->row = bpf_map_lookup_elem(table, &index);
	if (!ret_choice->row)
		return;
	ret_choice->index = index;
	ret_choice->owner = steer_first_serving(ret_choice->states, ret_choice->row->rank,
						STEER_RANKS, steer_bucket_of(hash));
	if (ret_choice->owner == STEER_NODE_NONE)
		ret_choice->owner = steer_find_substitute(pool, index);
}

#define STEER_CANDIDATES (STEER_RANKS + STEER_FALLBACKS)
_Static_assert(STEER_RANKS == 4 && STEER_FALLBACKS == 4, "in twos, they take turns");

/*
 * The nodes that may have a flow, the most likely first. First the best rank: it may be skipped
 * only for new flows (it drains, its check fails), or have been down when the flow began. Then the
 * next rank, which serves while the first does not; two nodes that left the row; and so on.
 */
static __always_inline __u32 steer_candidate(const struct steer_row *row, __u32 i)
{
	const __u16 *nodes = (const __u16 *)row;

	/* Ranks and fallback nodes take turns in twos: bit 1 chooses, and is bit 2 of the index. */
	i = (i & 1) | (i & 2) << 1 | (i & 4) >> 1;
	steer_hide(i); /* as in steer_state_of() */
	return STEER_ROW_NODE(nodes[i & (STEER_CANDIDATES - 1)]);
}

/* The next step of a search for a connection. */
struct steer_search {
	__u16 node; /* STEER_NODE_NONE: the search ends here */
	__u8 hop;   /* enum steer_hop of the step to @node */
	__u8 sure;  /* all nodes before this one that may have the connection have been asked */
};

static __always_inline struct steer_search steer_step(__u32 node, __u32 hop, int sure)
{
	struct steer_search step = { .sure = sure };

	if (hop <= STEER_HOP_LIMIT) {
		step.node = node;
		step.hop = hop;
	}
	return step;
}

/* A search that is lost: on to any candidate, and back to the sender only if there is no other. */
static __always_inline struct steer_search
steer_search_at_random(const struct steer_settings *settings, const struct steer_packet *p,
		       const struct steer_row *row, const struct steer_pool_states *states)
{
	__u32 i, first = bpf_get_prandom_u32();

#pragma unroll
	for (i = 0; i < STEER_CANDIDATES; i++) {
		__u32 node = steer_candidate(row, first + i);

		if (node != settings->self && node != p->from &&
		    steer_state_of(states, node) & STEER_STATE_LIVE)
			return steer_step(node, p->hop + 1, 0);
	}
	return steer_step(p->from, p->hop + 1, 0);
}

static __always_inline struct steer_search steer_search_from(const struct steer_settings *settings,
							     const struct steer_packet *p,
							     const struct steer_row *row,
							     const struct steer_pool_states *states)
{
	__u32 i, asked;

	/* By this node's states the sender is dead, so the sender has others. */
	if (p->hop >= STEER_HOP_OWNER && !(steer_state_of(states, p->from) & STEER_STATE_LIVE))
		return steer_search_at_random(settings, p, row, states);
	asked = p->hop - STEER_HOP_CHANCE; /* the candidate that the packet was sent to, if any */
	if (p->hop < STEER_HOP_CHANCE)
		asked = -1;
	else if (p->epoch == STEER_EPOCH_NONE || p->epoch != settings->epoch ||
		 (asked < STEER_CANDIDATES && steer_candidate(row, asked) != settings->self))
		return steer_search_at_random(settings, p, row, states);
	for (i = asked + 1; i < STEER_CANDIDATES; i++) {
		__u32 node = steer_candidate(row, i);

		if (node != settings->self && steer_state_of(states, node) & STEER_STATE_LIVE)
			return steer_step(node, STEER_HOP_CHANCE + i, 1);
	}
	return steer_step(STEER_NODE_NONE, STEER_HOP_NONE, 1);
}

/*
 * The next step of a search for a connection that is not here: to a candidate that is live, is not
 * this node, and was not asked before.
 *
 * All nodes go through a row in the same order, and the hop says how far the packet has come. A
 * node that has another epoch, and so other tables or states, cannot go on with that. From there on
 * the search is lost: it goes from one node to the next at random, until it is where the connection
 * is or has no hops left, and proves nothing.
 *
 * A global function can return a number, but no struct: hence @ret_search.
 */
__global_fn int steer_search_next(const struct steer_settings *settings,
				  const struct steer_packet *p, const struct steer_row *row,
				  const struct steer_pool_states *states,
				  struct steer_search *ret_search)
{
	if (!settings || !p || !row || !states || !ret_search)
		return 0;
	*ret_search = steer_search_from(settings, p, row, states);
	return 0;
}

/* Behind the row's end: a search that has asked all of the row, and @asked of @former. */
static __always_inline struct steer_search
steer_search_behind(const struct steer_settings *settings, __u32 asked,
		    const struct steer_former *former, const struct steer_pool_states *states)
{
	int sure = 1;
	__u32 i;

#pragma unroll
	for (i = 0; i < STEER_FORMER; i++) {
		__u32 node = STEER_ROW_NODE(former->node[i]);

		/* The epochs are equal, and yet the sender has another order. */
		if (i + 1 == asked && node != settings->self)
			sure = 0;
		if (i >= asked && node != STEER_NODE_NONE && node != settings->self &&
		    steer_state_of(states, node) & STEER_STATE_LIVE)
			return steer_step(node, STEER_HOP_CHANCE + STEER_CANDIDATES + i, sure);
	}
	return steer_step(STEER_NODE_NONE, STEER_HOP_NONE, sure);
}

/*
 * Goes on with a search that has found no further node in the row, among the former owners that
 * the row has no room for.
 * @where: the pool in its upper 32 bits, the row in the lower ones
 */
__global_fn int steer_search_former(const struct steer_settings *settings,
				    const struct steer_packet *p, __u64 where,
				    const struct steer_pool_states *states,
				    struct steer_search *ret_search)
{
	__u32 pool = where >> 32, index = where, asked = 0;
	struct steer_former *former = NULL;
	void *formers;

	if (!settings || !p || !states || !ret_search || !ret_search->sure)
		return 0;
	if (p->hop >= STEER_HOP_CHANCE + STEER_CANDIDATES)
		asked = p->hop - STEER_HOP_CHANCE - STEER_CANDIDATES + 1;
	formers = bpf_map_lookup_elem(&steer_formers, &pool);
	if (formers)
		former = bpf_map_lookup_elem(formers, &index);
	if (former)
		*ret_search = steer_search_behind(settings, asked, former, states);
	else
		ret_search->sure = !asked;
	return 0;
}

/*
 * The node that sees all fragments of a datagram with this hash. Any node that runs the program can
 * do that, and all must agree. Return: a node's id, or STEER_NODE_NONE.
 */
__global_fn int steer_find_fragment_owner(__u64 hash)
{
	struct steer_choice choice = {};

	steer_find_owner(STEER_POOL_CLUSTER, hash, &choice);
	return choice.owner;
}

#endif
