/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_EXPLAIN_H
#define STEER_BPF_EXPLAIN_H

#include "decision.h"
#include "maps.h"
#include "parse.h"
#include "steer/trace.h"

/**
 * DOC: Synthetic packets of "steer explain": they run the pipeline, and nothing is counted or
 * stored.
 */

/* The explanation that is in front of a synthetic packet as metadata; NULL for all others. */
static __always_inline struct steer_explanation *steer_find_explanation(struct xdp_md *ctx)
{
	struct steer_explanation *explanation = steer_metadata(ctx, sizeof(*explanation));
	struct steer_tracing *tracing;
	__u32 zero = 0;

	if (!explanation)
		return NULL;
	tracing = bpf_map_lookup_elem(&steer_tracing, &zero);
	if (!tracing || !tracing->nonce || explanation->nonce != tracing->nonce)
		return NULL;
	return explanation;
}

static __always_inline int steer_is_synthetic(struct xdp_md *ctx,
					      const struct steer_settings *settings)
{
	return settings->flags & STEER_TRACING && steer_find_explanation(ctx);
}

/* Return: whether the packet is synthetic. Then its explanation is filled in. */
static __always_inline int steer_explain(struct xdp_md *ctx, const struct steer_decision *decision,
					 __u32 verdict)
{
	struct steer_explanation *explanation = steer_find_explanation(ctx);

	if (!explanation)
		return 0;
	explanation->hash = decision->hash;
	explanation->row = decision->row;
	explanation->service = decision->service.id;
	explanation->pool = steer_is_claimed(decision) ? decision->service.pool : STEER_NO_POOL;
	explanation->owner = decision->owner;
	explanation->target = decision->target;
	explanation->verdict = verdict;
	explanation->hop = decision->hop;
	return 1;
}

#endif
