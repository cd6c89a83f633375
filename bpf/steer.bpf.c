// SPDX-License-Identifier: GPL-2.0
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <xdp/xdp_helpers.h>

#include "decap.h"
#include "decision.h"
#include "ethernet.h"
#include "flow_table.h"
#include "forward.h"
#include "fragment.h"
#include "hash.h"
#include "l4.h"
#include "maps.h"
#include "owner.h"
#include "parse.h"
#include "quic_cid.h"
#include "reflect.h"
#include "service.h"
#include "stats.h"
#include "trace.h"

/**
 * DOC: The program: its stages in order.
 *
 * parse → to this node itself? (reflect, decap) → service → for a MAC of ours? → flow hash → owner
 * → deliver or forward → count. A packet in the steady state costs no state per flow. With empty
 * maps, every packet passes.
 */

/* For libxdp's dispatcher: programs behind this one see the packets that it passes. */
struct {
	__uint(priority, 20);
	__uint(XDP_PASS, 1);
} XDP_RUN_CONFIG(steer);

static __always_inline int steer_is_self(const struct steer_settings *settings,
					 const struct steer_packet *p)
{
	const struct steer_addr *self = p->ipv4 ? &settings->addr4 : &settings->addr6;

	if (!(self->word[0] | self->word[1] | self->word[2] | self->word[3]))
		return 0;
	return steer_same_addr(&p->flow.dst, self);
}

/* Stage 2: GUE and S-BFD packets to an address of this node. */
static __always_inline int steer_ours(struct xdp_md *ctx, const struct steer_settings *settings,
				      struct steer_packet *p)
{
	struct udphdr *udp;

	if (p->protocol != IPPROTO_UDP || p->piece != STEER_WHOLE || !steer_is_self(settings, p))
		return STEER_CONTINUE;
	udp = steer_l4_at(ctx, p, sizeof(*udp));
	if (!udp)
		return STEER_CONTINUE;
	if (udp->dest == bpf_htons(STEER_SBFD_PORT))
		return steer_is_for_us(ctx, settings) ? steer_reflect(ctx, settings, p)
						      : STEER_V_PASS_OTHER_HOST;
	if (settings->gue_port && udp->dest == settings->gue_port)
		return steer_is_for_us(ctx, settings) ? steer_decap(ctx, settings, p)
						      : STEER_V_PASS_OTHER_HOST;
	return STEER_CONTINUE;
}

/* Looks up what the index does not have. @verdict: of steer_parse_l4(). */
static __always_inline int steer_claim_other(struct xdp_md *ctx,
					     const struct steer_settings *settings,
					     struct steer_packet *p,
					     struct steer_decision *decision, int verdict)
{
	struct steer_vip *vip = steer_find_vip(settings, decision->bloom, &p->flow.dst);
	struct steer_service *service;

	if (!vip)
		return STEER_V_PASS_NO_VIP;
	if (verdict != STEER_CONTINUE)
		return verdict;
	if (p->piece != STEER_WHOLE) {
		if (!steer_may_claim(p, vip))
			return STEER_V_PASS_NO_SERVICE;
		if (!p->decapsulated && !steer_is_for_us(ctx, settings))
			return STEER_V_PASS_OTHER_HOST;
		verdict = steer_collect(ctx, settings, p, decision);
		if (verdict != STEER_CONTINUE)
			return verdict;
	}
	service = steer_find_service(&p->flow, vip);
	if (!service)
		return STEER_V_PASS_NO_SERVICE;
	decision->service = *service;
	return STEER_CONTINUE;
}

/* Stage 3: the service that claims the packet. Nothing is dropped before one does. */
static __always_inline int steer_claim(struct xdp_md *ctx, const struct steer_settings *settings,
				       struct steer_packet *p, struct steer_decision *decision)
{
	int listed = steer_may_be_vip(decision->bloom, &p->flow.dst);
	int verdict;

	if (!listed && !(settings->flags & STEER_HAVE_PREFIXES))
		return STEER_V_PASS_NO_VIP;
	verdict = p->decapsulated ? p->l4_verdict : steer_parse_l4(ctx, p);
	if (listed && verdict == STEER_CONTINUE && p->piece == STEER_WHOLE &&
	    steer_find_indexed(&p->flow, &decision->service))
		return STEER_CONTINUE;
	return steer_claim_other(ctx, settings, p, decision, verdict);
}

/* Stages 4 to 6: the owner, and whether the packet goes there. */
static __always_inline int steer_choose(struct xdp_md *ctx, const struct steer_settings *settings,
					struct steer_packet *p, struct steer_decision *decision)
{
	const struct steer_service *service = &decision->service;
	struct steer_choice choice = {};
	int named = 0, verdict;

	decision->hash = steer_flow_hash(p, &settings->flow_key, service);
	steer_find_owner(service->pool, decision->hash, &choice);
	decision->row = choice.index;
	if (!choice.row || !choice.states)
		return STEER_V_DROP_NO_OWNER;
	if (service->hash_kind == STEER_HASH_CID)
		named = steer_follow_quic_cid(ctx, p, service, &choice);
	if (service->flags & STEER_SERVICE_FLOWS && p->flow.protocol == IPPROTO_TCP) {
		steer_follow_flow(ctx, settings, p, decision, &choice, named);
	} else if (service->flags & STEER_SERVICE_FLOWS) {
		verdict = steer_follow_home(ctx, settings, p, decision, &choice, named);
		if (verdict != STEER_CONTINUE)
			return verdict;
	}
	if (service->flags & STEER_SERVICE_PLAIN)
		p->needs_socket = 0;
	decision->owner = choice.owner;
	if (choice.owner == STEER_NODE_NONE)
		return STEER_V_DROP_NO_OWNER;
	return steer_decide(ctx, settings, p, &choice, decision);
}

/*
 * Whether a packet came in GUE although no service claims it. A node encapsulates only what a
 * service claims, except for fragments on the hop to their fragment owner: the sender of a later
 * fragment does not know its ports.
 */
static __always_inline int steer_is_stray(const struct steer_packet *p, int verdict)
{
	return p->decapsulated && steer_class_of(verdict) == STEER_CLASS_PASS &&
	       (p->piece == STEER_WHOLE || p->hop != STEER_HOP_FRAGMENT);
}

/* Stages 3 to 6: a packet from a client. */
static __always_inline int steer_steer(struct xdp_md *ctx, const struct steer_settings *settings,
				       struct steer_packet *p, struct steer_decision *decision)
{
	int verdict = steer_claim(ctx, settings, p, decision);

	if (verdict >= 0 && steer_is_stray(p, verdict))
		return STEER_V_DROP_GUE_NO_SERVICE;
	if (verdict == STEER_CONTINUE && !p->decapsulated && !steer_is_for_us(ctx, settings))
		return STEER_V_PASS_OTHER_HOST;
	if (verdict == STEER_CONTINUE)
		verdict = steer_choose(ctx, settings, p, decision);
	if (verdict == STEER_SEND)
		verdict = steer_send(ctx, settings, p, decision);
	return verdict;
}

SEC("xdp")
int steer(struct xdp_md *ctx)
{
	__u64 bytes = steer_frame_bytes(ctx);
	struct steer_decision decision = STEER_DECISION_NONE;
	struct steer_settings *settings;
	struct steer_packet packet = {};
	__u32 zero = 0;
	int verdict;

	settings = bpf_map_lookup_elem(&steer_settings, &zero);
	decision.bloom = bpf_map_lookup_elem(&steer_bloom, &zero);
	if (!settings || !decision.bloom || settings->self == STEER_NODE_NONE) {
		steer_count(STEER_V_PASS_UNCONFIGURED, &decision, bytes);
		return XDP_PASS;
	}
	verdict = steer_parse(ctx, &packet);
	if (verdict == STEER_CONTINUE)
		verdict = steer_ours(ctx, settings, &packet);
	if (verdict == STEER_CONTINUE)
		verdict = steer_steer(ctx, settings, &packet, &decision);
	if (__builtin_expect(settings->flags & STEER_TRACING, 0)) {
		if (steer_explain(ctx, &decision, verdict))
			return steer_action_of(ctx, verdict, &decision);
		steer_emit_event(ctx, &packet, &decision, verdict);
	}
	steer_count(verdict, &decision, bytes);
	return steer_action_of(ctx, verdict, &decision);
}

char _license[] SEC("license") = "GPL";
