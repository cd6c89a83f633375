/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_EXPLAIN_H
#define STEER_BPF_EXPLAIN_H

#include "maps.h"
#include "parse.h"
#include "steer/trace.h"
#include "way.h"

/**
 * DOC: what becomes of a made-up packet, for who asks: nobody's packet, of which nothing is to be
 * counted or remembered.
 */

/* What the metadata in front of a packet is, if it is ours. */
__inline struct steer_explanation *steer_find_explanation(struct xdp_md *ctx)
{
	struct steer_explanation *explanation = (void *)(long)ctx->data_meta;
	void *data = (void *)(long)ctx->data;
	struct steer_tracing *tracing;
	__u32 zero = 0;

	if ((void *)(explanation + 1) > data)
		return NULL;
	tracing = bpf_map_lookup_elem(&steer_tracing, &zero);
	if (!tracing || !tracing->nonce || explanation->nonce != tracing->nonce)
		return NULL;
	return explanation;
}

__inline int steer_is_made_up(struct xdp_md *ctx, const struct steer_settings *settings)
{
	return settings->flags & STEER_TRACING && steer_find_explanation(ctx);
}

/* Return: whether somebody had asked. */
__inline int steer_explain(struct xdp_md *ctx, const struct steer_way *way, __u32 verdict)
{
	struct steer_explanation *explanation = steer_find_explanation(ctx);

	if (!explanation)
		return 0;
	explanation->hash = way->hash;
	explanation->row = way->row;
	explanation->service = way->service.id;
	explanation->pool = steer_is_claimed(way) ? way->service.pool : STEER_NO_POOL;
	explanation->owner = way->owner;
	explanation->target = way->target;
	explanation->verdict = verdict;
	explanation->hop = way->hop;
	return 1;
}

#endif
