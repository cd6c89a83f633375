// SPDX-License-Identifier: GPL-2.0
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <xdp/xdp_helpers.h>

#include "count.h"
#include "flow.h"
#include "forward.h"
#include "maps.h"
#include "owner.h"
#include "parse.h"
#include "reflect.h"
#include "service.h"
#include "unwrap.h"

/**
 * DOC: the program: a packet's way through the stages.
 *
 * parse → ours? (reflect, unwrap) → service → flow hash → owner → deliver or forward → count.
 * No state is kept per flow. With empty maps every packet passes.
 */

/* In libxdp's dispatcher: programs behind this one see what it passes. */
struct {
	__uint(priority, 20);
	__uint(XDP_PASS, 1);
} XDP_RUN_CONFIG(steer);

__inline int steer_is_self(const struct steer_settings *settings, const struct steer_packet *p)
{
	const struct steer_addr *self = p->ipv4 ? &settings->addr4 : &settings->addr6;

	if (!(self->word[0] | self->word[1] | self->word[2] | self->word[3]))
		return 0;
	return p->dst.word[3] == self->word[3] && p->dst.word[2] == self->word[2] &&
	       p->dst.word[1] == self->word[1] && p->dst.word[0] == self->word[0];
}

/* Stage 2: what the other nodes send to this one itself. */
__inline int steer_ours(struct xdp_md *ctx, const struct steer_settings *settings,
			struct steer_packet *p)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	struct udphdr *udp = data + p->l4_offset;

	if (p->protocol != IPPROTO_UDP || p->fragment || !steer_is_self(settings, p))
		return STEER_CONTINUE;
	if ((void *)(udp + 1) > data_end)
		return STEER_CONTINUE;
	if (udp->dest == bpf_htons(STEER_SBFD_PORT))
		return steer_reflect(settings, p, data, data_end);
	if (settings->gue_port && udp->dest == settings->gue_port)
		return steer_unwrap(ctx, settings, p);
	return STEER_CONTINUE;
}

/* Stages 3 to 6: a client's packet. */
__inline int steer_steer(struct xdp_md *ctx, const struct steer_settings *settings,
			 struct steer_packet *p, struct steer_service **ret_service,
			 __u32 *ret_target)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	struct steer_choice choice = {};
	struct steer_service *service;
	__u64 hash;
	int verdict;

	verdict = steer_find_service(p, settings, data, data_end, &service);
	if (verdict != STEER_CONTINUE)
		return p->hop ? STEER_V_DROP_GUE_NO_SERVICE : verdict;
	*ret_service = service;
	hash = steer_flow_hash(p, &settings->flow_key, service->hash_kind);
	steer_find_owner(service->pool, hash, &choice);
	if (choice.owner == STEER_NODE_NONE)
		return STEER_V_DROP_NO_OWNER;
	return steer_forward(ctx, settings, p, &choice, hash, ret_target);
}

SEC("xdp")
int steer(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	__u64 bytes = data_end - data;
	struct steer_service *service = NULL;
	struct steer_settings *settings;
	struct steer_packet packet;
	__u32 target = STEER_NODE_NONE;
	__u32 zero = 0;
	int verdict;

	settings = bpf_map_lookup_elem(&steer_settings, &zero);
	if (!settings || settings->self == STEER_NODE_NONE)
		return steer_finish(STEER_V_PASS_UNCONFIGURED, NULL, STEER_NODE_NONE, bytes);
	verdict = steer_parse(&packet, data, data_end);
	if (verdict == STEER_CONTINUE)
		verdict = steer_ours(ctx, settings, &packet);
	if (verdict == STEER_CONTINUE)
		verdict = steer_steer(ctx, settings, &packet, &service, &target);
	return steer_finish(verdict, service, target, bytes);
}

char _license[] SEC("license") = "GPL";
