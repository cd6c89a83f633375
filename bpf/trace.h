/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_TRACE_H
#define STEER_BPF_TRACE_H

#include "decision.h"
#include "explain.h"
#include "hash.h"
#include "maps.h"
#include "parse.h"
#include "steer/trace.h"

/**
 * DOC: Stage 7, events of single packets. One flag of the settings turns them on; the settings are
 * read for every packet anyway.
 */

static __always_inline int steer_in_prefix(const struct steer_addr *addr,
					   const struct steer_trace_filter *filter)
{
	int i;

#pragma unroll
	for (i = 0; i < 4; i++) {
		int bits = (int)filter->addr_bits - 32 * i;

		if (steer_mask(addr->word[i], bits) != steer_mask(filter->addr.word[i], bits))
			return 0;
	}
	return 1;
}

static __always_inline int steer_is_wanted(const struct steer_event_head *head,
					   const struct steer_trace_filter *filter)
{
	if (!(filter->verdicts >> (head->verdict & (STEER_MAX_VERDICTS - 1)) & 1))
		return 0;
	if (filter->match & STEER_MATCH_SERVICE && filter->service != head->service)
		return 0;
	if (filter->match & STEER_MATCH_NODE && filter->node != head->target &&
	    filter->node != head->owner)
		return 0;
	if (filter->match & STEER_MATCH_ADDR && !steer_in_prefix(&head->flow.src, filter) &&
	    !steer_in_prefix(&head->flow.dst, filter))
		return 0;
	return filter->sample < 2 || bpf_get_prandom_u32() % filter->sample == 0;
}

static __always_inline void steer_send_ring(struct xdp_md *ctx, const struct steer_event_head *head,
					    struct steer_tracing *tracing)
{
	struct steer_event *event = bpf_ringbuf_reserve(&steer_ring, sizeof(*event), 0);
	__u32 i;

	if (!event) {
		tracing->lost++;
		return;
	}
	event->head = *head;
	for (i = 0; i < STEER_TRACE_BYTES; i++) {
		__u8 *byte = steer_at(ctx, i, sizeof(*byte));

		if (!byte)
			break;
		event->packet[i] = *byte;
	}
	bpf_ringbuf_submit(event, 0);
}

static __always_inline void steer_send_perf(struct xdp_md *ctx, struct steer_event_head *head)
{
	__u64 flags = BPF_F_CURRENT_CPU | (__u64)head->packet_bytes << 32;

	bpf_perf_event_output(ctx, &steer_events, flags, head, sizeof(*head));
}

__global_fn int steer_trace(struct xdp_md *ctx, struct steer_event_head *head)
{
	struct steer_tracing *tracing;
	__u32 zero = 0;

	if (!head)
		return 0;
	tracing = bpf_map_lookup_elem(&steer_tracing, &zero);
	if (!tracing)
		return 0;
	if (steer_is_wanted(head, &tracing->filter[STEER_TRACER_PERF]))
		steer_send_perf(ctx, head);
	if (steer_is_wanted(head, &tracing->filter[STEER_TRACER_RING]))
		steer_send_ring(ctx, head, tracing);
	return 0;
}

static __always_inline void steer_emit_event(struct xdp_md *ctx, const struct steer_packet *p,
					     const struct steer_decision *decision, __u32 verdict)
{
	__u64 frame_bytes = steer_frame_bytes(ctx);
	struct steer_event_head head = {
		.time_ns = bpf_ktime_get_ns(),
		.hash = decision->hash,
		.row = decision->row,
		.ifindex = ctx->ingress_ifindex,
		.frame_bytes = frame_bytes,
		.packet_bytes = frame_bytes < STEER_TRACE_BYTES ? frame_bytes : STEER_TRACE_BYTES,
		.flow = p->flow,
		.service = decision->service.id,
		.pool = steer_is_claimed(decision) ? decision->service.pool : STEER_NO_POOL,
		.owner = decision->owner,
		.target = decision->target,
		.verdict = verdict,
		.hop = p->hop,
	};

	steer_trace(ctx, &head);
}

#endif
