/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_FLOW_TABLE_H
#define STEER_BPF_FLOW_TABLE_H

#include "decision.h"
#include "explain.h"
#include "hop.h"
#include "owner.h"

/**
 * DOC: Flow table: a flow keeps the node that was first chosen for it.
 *
 * It is for flows that no second chance can find again: UDP, and flows to hosts without the
 * program. An entry is followed as long as its node can take the flow; then the flow gets a new
 * owner, and keeps that one. A service without a flow table costs no lookup.
 */

/* A TCP packet that opens a connection is a new flow, even if an old one had the same ports. */
static __always_inline int steer_opens(const struct steer_packet *p)
{
	return p->flow.protocol == IPPROTO_TCP && !p->needs_socket;
}

static __always_inline void steer_write_flow(void *table, const struct steer_packet *p, __u32 node)
{
	struct steer_flow_entry entry = { .node = node };

	bpf_map_update_elem(table, &p->flow, &entry, BPF_ANY);
}

/*
 * May change the choice's owner, unless another node has sent the packet: that node has chosen.
 * @named: the packet itself names its owner; packets of the flow that name none follow it
 */
static __always_inline void
steer_follow_flow(struct xdp_md *ctx, const struct steer_settings *settings, struct steer_packet *p,
		  const struct steer_decision *decision, struct steer_choice *choice, int named)
{
	__u32 id = decision->service.id;
	struct steer_service_stats *stats;
	struct steer_flow_entry *entry;
	int synthetic;
	void *table;

	steer_find_hop(ctx, p, decision->bloom);
	if (p->hop >= STEER_HOP_OWNER)
		return;
	table = bpf_map_lookup_elem(&steer_flows, &id);
	stats = bpf_map_lookup_elem(&steer_svc_stats, &id);
	if (!table || !stats)
		return;
	synthetic = steer_is_synthetic(ctx, settings);
	entry = bpf_map_lookup_elem(table, &p->flow);
	if (entry && named && entry->node == choice->owner) {
		stats->flow_hits += !synthetic;
		return;
	}
	if (entry && !named && !steer_opens(p) &&
	    steer_keeps_flows(steer_state_of(choice->states, entry->node))) {
		choice->owner = entry->node;
		stats->flow_hits += !synthetic;
		return;
	}
	if (p->is_error || choice->owner == STEER_NODE_NONE || synthetic)
		return;
	if (!entry)
		stats->flow_misses++;
	else if (!steer_keeps_flows(steer_state_of(choice->states, entry->node)))
		stats->flow_moved++;
	steer_write_flow(table, p, choice->owner);
}

#endif
