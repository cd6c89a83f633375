// SPDX-License-Identifier: GPL-2.0
#include "../../../bpf/steer.bpf.c"

#include "stages.h"

/**
 * DOC: the program's stages in its own order, as far as @last_stage.
 *
 * The verifier removes what is behind it, as it is constant when the program is loaded.
 */
const volatile __u32 last_stage = STAGE_ALL;

#define STOP_AFTER(stage)                        \
	do {                                     \
		if (last_stage == STAGE_##stage) \
			return XDP_TX;           \
	} while (0)

SEC("xdp")
int stages(struct xdp_md *ctx)
{
	__u64 bytes = steer_frame_bytes(ctx);
	struct steer_decision decision = STEER_DECISION_NONE;
	struct steer_settings *settings;
	struct steer_packet packet = {}, *p = &packet;
	struct steer_choice choice = {};
	__u32 zero = 0;
	int verdict;

	settings = bpf_map_lookup_elem(&steer_settings, &zero);
	decision.bloom = bpf_map_lookup_elem(&steer_bloom, &zero);
	if (!settings || !decision.bloom || settings->self == STEER_NODE_NONE)
		return XDP_ABORTED;
	STOP_AFTER(SETTINGS);
	if (steer_parse(ctx, p) != STEER_CONTINUE)
		return XDP_ABORTED;
	STOP_AFTER(PARSE);
	if (steer_ours(ctx, settings, p) != STEER_CONTINUE)
		return XDP_ABORTED;
	STOP_AFTER(OURS);
	if (!steer_may_be_vip(decision.bloom, &p->flow.dst))
		return XDP_ABORTED;
	STOP_AFTER(VIP);
	if (steer_parse_l4(ctx, p) != STEER_CONTINUE || p->piece != STEER_WHOLE)
		return XDP_ABORTED;
	STOP_AFTER(L4);
	if (!steer_find_indexed(&p->flow, &decision.service))
		return XDP_ABORTED;
	if (!steer_is_for_us(ctx, settings))
		return XDP_ABORTED;
	STOP_AFTER(SERVICE);
	decision.hash = steer_flow_hash(p, &settings->flow_key, &decision.service);
	if (!decision.hash)
		return XDP_ABORTED;
	STOP_AFTER(HASH);
	steer_find_owner(decision.service.pool, decision.hash, &choice);
	decision.row = choice.index;
	decision.owner = choice.owner;
	if (!choice.row || !choice.states || choice.owner == STEER_NODE_NONE)
		return XDP_ABORTED;
	STOP_AFTER(OWNER);
	verdict = steer_decide(ctx, settings, p, &choice, &decision);
	if (verdict != STEER_SEND)
		return XDP_ABORTED;
	STOP_AFTER(DECIDE);
	verdict = steer_send(ctx, settings, p, &decision);
	STOP_AFTER(SEND);
	steer_count(verdict, &decision, bytes);
	return steer_action_of(ctx, verdict, &decision);
}
