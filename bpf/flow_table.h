/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_FLOW_TABLE_H
#define STEER_BPF_FLOW_TABLE_H

#include "decision.h"
#include "explain.h"
#include "forward.h"
#include "hop.h"
#include "owner.h"

/**
 * DOC: Flow table: a flow keeps the node that was first chosen for it.
 *
 * It is for flows that no second chance can find again: UDP, and flows to hosts without the
 * program. An entry is followed as long as its node can take the flow; then the flow gets a new
 * owner, and keeps that one. A service without a flow table costs no lookup.
 *
 * Where the entry is matters, as a router may spread packets of a flow over other nodes from one
 * moment to the next. TCP's is where the packet came in: if its node runs the program, the second
 * chance finds what the entry does not know. All other flows have a home: the first node of the row
 * that is live and runs the program, whatever its checks and drains say. So all nodes agree on it.
 * A packet goes to its flow's home, and from there to the node that has the flow, mostly the same.
 *
 * A home that has just started, or by another table, has no entries of flows that others have. For
 * a while it asks the next node that would be the home without it, about each flow that it does not
 * know. What it still knows from a time when it was the home before, it does not ask about.
 * That node takes the packet, or sends it on to the one that has the flow, or back: then the home
 * chooses. Each of these hops has a higher number than the one before it (enum steer_flow_hop).
 */

/* A TCP packet that opens a connection is a new flow, even if an old one had the same ports. */
static __always_inline int steer_opens(const struct steer_packet *p)
{
	return p->flow.protocol == IPPROTO_TCP && !p->needs_socket;
}

static __always_inline void steer_write_flow(void *table, const struct steer_packet *p, __u32 node,
					     int asked)
{
	struct steer_flow_entry entry = { .node = node, .asked = asked };

	bpf_map_update_elem(table, &p->flow, &entry, BPF_ANY);
}

/* The flow table of a service, and what it has about a packet's flow. */
struct steer_kept {
	void *table;
	struct steer_flow_entry *entry;
	struct steer_service_stats *stats;
	int synthetic;
};

/* Return: 0 without a flow table. */
static __always_inline int steer_find_kept(struct xdp_md *ctx,
					   const struct steer_settings *settings,
					   const struct steer_packet *p, __u32 id,
					   struct steer_kept *ret_kept)
{
	ret_kept->table = bpf_map_lookup_elem(&steer_flows, &id);
	ret_kept->stats = bpf_map_lookup_elem(&steer_svc_stats, &id);
	if (!ret_kept->table || !ret_kept->stats)
		return 0;
	ret_kept->synthetic = steer_is_synthetic(ctx, settings);
	ret_kept->entry = bpf_map_lookup_elem(ret_kept->table, &p->flow);
	return 1;
}

/*
 * May change the choice's owner, unless another node has sent the packet: that node has chosen.
 * @named: the packet itself names its owner; packets of the flow that name none follow it
 */
static __always_inline void
steer_follow_flow(struct xdp_md *ctx, const struct steer_settings *settings, struct steer_packet *p,
		  const struct steer_decision *decision, struct steer_choice *choice, int named)
{
	struct steer_kept kept;

	steer_find_hop(ctx, p, decision->bloom);
	if (p->hop >= STEER_HOP_OWNER ||
	    !steer_find_kept(ctx, settings, p, decision->service.id, &kept))
		return;
	if (kept.entry && named && kept.entry->node == choice->owner) {
		kept.stats->flow_hits += !kept.synthetic;
		return;
	}
	if (kept.entry && !named && !steer_opens(p) &&
	    steer_keeps_flows(steer_state_of(choice->states, kept.entry->node))) {
		choice->owner = kept.entry->node;
		kept.stats->flow_hits += !kept.synthetic;
		return;
	}
	if (p->is_error || choice->owner == STEER_NODE_NONE || kept.synthetic)
		return;
	if (!kept.entry)
		kept.stats->flow_misses++;
	else if (!steer_keeps_flows(steer_state_of(choice->states, kept.entry->node)))
		kept.stats->flow_moved++;
	steer_write_flow(kept.table, p, choice->owner, 0);
}

/* --- flows with a home --- */

enum steer_flow_count {
	STEER_FLOW_UNCOUNTED,
	STEER_FLOW_HIT,
	STEER_FLOW_MISS,
	STEER_FLOW_MOVED,
};

/* What is to be decided about a packet of such a flow, and what comes out. */
struct steer_flow_step {
	/* in: the owner by table and states, or as the packet names it; and the flow's entry */
	__u32 pool, row, owner;
	__u16 entry; /* STEER_NODE_NONE: there is none */
	__u8 asked;  /* … as in the entry */
	__u8 named;
	/* out: STEER_SEND and a node to send to, or a verdict; and what to write into the entry */
	int verdict;
	__u32 target, hop;
	__u16 write; /* STEER_NODE_NONE: nothing */
	__u8 write_asked;
	__u8 count; /* enum steer_flow_count */
};

/* What is looked up for it. */
struct steer_flow_world {
	struct steer_row *row;
	struct steer_pool_states *states; /* of the pool */
	struct steer_pool_states *live;	  /* of all nodes that run the program */
};

/* The first node of the row that is live and runs the program, but for @except. */
static __always_inline __u32 steer_find_home(const struct steer_flow_world *world, __u32 except)
{
	const __u16 *nodes = (const __u16 *)world->row;
	__u32 i;

#pragma unroll
	for (i = 0; i < STEER_CANDIDATES; i++) {
		__u32 node = STEER_ROW_NODE(nodes[i]);

		if (node != except && steer_state_of(world->live, node) & STEER_STATE_LIVE)
			return node;
	}
	return STEER_NODE_NONE;
}

static __always_inline void steer_flow_to(struct steer_flow_step *step, __u32 node, __u32 hop)
{
	step->verdict = STEER_SEND;
	step->target = node;
	step->hop = hop;
}

/* To the node that has the flow, which may be this one, or one that knows no hops. */
static __always_inline void steer_hand_flow(const struct steer_settings *settings,
					    const struct steer_packet *p,
					    const struct steer_flow_world *world,
					    struct steer_flow_step *step, __u32 node, __u32 hop)
{
	step->owner = node;
	if (node == settings->self)
		step->verdict = steer_deliver(p, 1);
	else if (steer_state_of(world->live, node) & STEER_STATE_LIVE)
		steer_flow_to(step, node, hop);
	else
		steer_flow_to(step, node, STEER_HOP_OWNER);
}

/* The home has sent the packet here: as this node has the flow, or to ask whether it has. */
static __always_inline void steer_take_flow(const struct steer_settings *settings,
					    const struct steer_packet *p,
					    const struct steer_flow_world *world,
					    struct steer_flow_step *step)
{
	__u32 node = step->entry;

	if (p->hop == STEER_FLOW_ASK) {
		if (node == STEER_NODE_NONE || node == p->from ||
		    !steer_keeps_flows(steer_state_of(world->states, node))) {
			steer_flow_to(step, p->from, STEER_FLOW_BACK);
			return;
		}
		if (node != settings->self) {
			steer_flow_to(step, node, STEER_FLOW_ASKED);
			return;
		}
	}
	/* So that it can be asked. */
	if (node != settings->self)
		step->write = settings->self;
	step->verdict = steer_deliver(p, step->owner == settings->self);
}

/* This node is the flow's home. */
static __always_inline void steer_home_flow(const struct steer_settings *settings,
					    const struct steer_packet *p,
					    const struct steer_flow_world *world,
					    struct steer_flow_step *step)
{
	__u32 hop = p->hop == STEER_FLOW_BACK ? STEER_FLOW_LAST : STEER_FLOW_HERE;
	__u8 state = steer_state_of(world->states, step->entry);
	__u32 other;

	if (step->entry && step->asked && !step->named && p->hop != STEER_FLOW_BACK &&
	    state & STEER_STATE_LIVE) {
		steer_flow_to(step, step->entry, STEER_FLOW_ASK);
		return;
	}
	if (step->entry && !step->asked && steer_keeps_flows(state) &&
	    (!step->named || step->entry == step->owner)) {
		step->count = STEER_FLOW_HIT;
		steer_hand_flow(settings, p, world, step, step->entry, hop);
		return;
	}
	if (step->owner == STEER_NODE_NONE) {
		step->verdict = STEER_V_DROP_NO_OWNER;
		return;
	}
	if (!step->entry)
		step->count = STEER_FLOW_MISS;
	else if (!step->asked && !step->named)
		step->count = STEER_FLOW_MOVED;
	other = STEER_NODE_NONE;
	/* Also if the one that was asked has died before it could tell. */
	if ((!step->entry || step->asked) && p->hop != STEER_FLOW_BACK && !step->named &&
	    !p->is_error && settings->flags & STEER_ASKING)
		other = steer_find_home(world, settings->self);
	if (other != STEER_NODE_NONE) {
		step->write = other;
		step->write_asked = 1;
		steer_flow_to(step, other, STEER_FLOW_ASK);
		return;
	}
	step->write = step->owner;
	steer_hand_flow(settings, p, world, step, step->owner, hop);
}

/*
 * Decides about a packet of a flow with a home, whose hop is known. In a function of its own, as it
 * would double the number of ways through the program; the entry is read and written by the caller,
 * as Linux 6.1 takes no key from memory that is passed to a function.
 */
__global_fn int steer_keep_flow(const struct steer_settings *settings, const struct steer_packet *p,
				struct steer_flow_step *step)
{
	__u32 cluster = STEER_POOL_CLUSTER, index, pool, home = STEER_NODE_NONE;
	struct steer_flow_world world = {};
	void *table;

	if (!settings || !p || !step)
		return 0;
	step->verdict = STEER_V_DROP_NO_OWNER;
	index = step->row;
	pool = step->pool;
	table = bpf_map_lookup_elem(&steer_tables, &pool);
	if (table)
		world.row = bpf_map_lookup_elem(table, &index);
	world.states = bpf_map_lookup_elem(&steer_states, &pool);
	world.live = bpf_map_lookup_elem(&steer_states, &cluster);
	if (!world.row || !world.states || !world.live)
		return 0;
	if (p->hop > STEER_HOP_OWNER && p->hop != STEER_FLOW_BACK) {
		steer_take_flow(settings, p, &world, step);
		return 0;
	}
	if (p->hop < STEER_HOP_OWNER)
		home = steer_find_home(&world, STEER_NODE_NONE);
	if (home != STEER_NODE_NONE && home != settings->self) {
		step->owner = home;
		steer_flow_to(step, home, STEER_HOP_OWNER);
		return 0;
	}
	steer_home_flow(settings, p, &world, step);
	return 0;
}

static __always_inline void steer_store_flow(const struct steer_kept *kept,
					     const struct steer_packet *p,
					     const struct steer_flow_step *step)
{
	if (kept->synthetic)
		return;
	if (step->count == STEER_FLOW_HIT)
		kept->stats->flow_hits++;
	/* Errors make no entry. */
	if (p->is_error || step->write == STEER_NODE_NONE)
		return;
	if (step->count == STEER_FLOW_MISS)
		kept->stats->flow_misses++;
	else if (step->count == STEER_FLOW_MOVED)
		kept->stats->flow_moved++;
	steer_write_flow(kept->table, p, step->write, step->write_asked);
}

/* Return: STEER_SEND, a verdict, or STEER_CONTINUE: the service has no flow table yet. */
static __always_inline int
steer_follow_home(struct xdp_md *ctx, const struct steer_settings *settings, struct steer_packet *p,
		  struct steer_decision *decision, const struct steer_choice *choice, int named)
{
	struct steer_flow_step step = {
		.pool = decision->service.pool,
		.row = choice->index,
		.owner = choice->owner,
		.named = named,
	};
	struct steer_kept kept;

	steer_find_hop(ctx, p, decision->bloom);
	if (!steer_find_kept(ctx, settings, p, decision->service.id, &kept))
		return STEER_CONTINUE;
	if (kept.entry) {
		step.entry = kept.entry->node;
		step.asked = kept.entry->asked;
	}
	steer_keep_flow(settings, p, &step);
	steer_store_flow(&kept, p, &step);
	decision->owner = step.owner;
	if (step.verdict != STEER_SEND)
		return step.verdict;
	decision->target = step.target;
	decision->hop = step.hop;
	decision->epoch = STEER_EPOCH_NONE;
	decision->node = steer_find_nexthop(step.target);
	return decision->node ? STEER_SEND : STEER_V_DROP_UNRESOLVED;
}

#endif
