// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stddef.h>
#include <string.h>

#include "steer/gue.h"
#include "steer/siphash.h"

#include "scene.h"

#define FLOWS (1 << SCALE_1 | 1 << SCALE_100K | 1 << SCALE_1M)
#define ALL ((1 << SCALES) - 1)
#define ONE (1 << SCALE_1)

#define PAYLOAD4_BYTES 30 /* with Ethernet and IP header 64 */
#define PAYLOAD6_BYTES 24
#define TTL 63
#define ROUTER_MAC 0x02726f75
#define PEER (WORLD_SELF + 1)
#define EPOCH 1

const struct scale scales[SCALES] = {
	[SCALE_1] = { "flows_1", 1, 1, 4 },
	[SCALE_100K] = { "flows_100k", 100000, 1, 4 },
	[SCALE_1M] = { "flows_1m", 1000000, 1, 4 },
	[SCALE_SERVICES] = { "scale_1m_1000_4", 1000000, 1000, 4 },
	[SCALE_NODES] = { "scale_1m_1_1000", 1000000, 1, 1000 },
	[SCALE_ALL] = { "scale_1m_1000_1000", 1000000, 1000, 1000 },
	[SCALE_TABLES] = { "scale_16_tables", 1000000, 1000, 1000, .tables = 1 },
};

#define FLOOR(symbol, program, behind, does, ...)                                                  \
	.name = symbol, .floor = program, .wrap = behind, .action = does, .protocol = IPPROTO_TCP, \
	.port = WORLD_PORT, ##__VA_ARGS__

#define FORWARD(symbol, behind, way, on_wire, ...)                               \
	.name = symbol, .wrap = behind, .forward = way, .protocol = IPPROTO_TCP, \
	.port = WORLD_PORT, .action = XDP_TX, .verdict = on_wire, ##__VA_ARGS__

#define PASS(symbol, behind, said, ...)                                                       \
	.name = symbol, .wrap = behind, .action = XDP_PASS, .verdict = said, .scales = FLOWS, \
	##__VA_ARGS__

#define KEPT(symbol, what, ...)                                                              \
	.name = symbol, .wrap = SCENE_V4, .protocol = IPPROTO_UDP, .port = WORLD_PORT_FLOWS, \
	.action = XDP_TX, .verdict = STEER_V_FORWARD_L2, .flows = what, ##__VA_ARGS__

const struct scene scenes[] = {
	{ FLOOR("floor_tx", "floor_tx", SCENE_V4, XDP_TX, .turned = 1, .scales = ONE) },
	{ FLOOR("floor_gue", "floor_gue", SCENE_V4, XDP_TX, .scales = ONE,
		.grows = sizeof(struct iphdr) + WORLD_GUE_BYTES) },
	{ FLOOR("floor_gue_v6", "floor_gue_v6", SCENE_V6, XDP_TX, .scales = ONE,
		.grows = sizeof(struct ipv6hdr) + WORLD_GUE_BYTES) },
	{ FLOOR("floor_parse", "floor_parse", SCENE_V4, XDP_PASS, .scales = ONE) },
	{ FLOOR("floor_parse_v6", "floor_parse", SCENE_V6, XDP_PASS, .scales = ONE) },
	{ FORWARD("l2_v4", SCENE_V4, WORLD_L2, STEER_V_FORWARD_L2, .scales = ALL) },
	{ FORWARD("l2_v6", SCENE_V6, WORLD_L2, STEER_V_FORWARD_L2, .scales = FLOWS) },
	{ FORWARD("gue_v4", SCENE_V4, WORLD_GUE4, STEER_V_FORWARD_GUE, .scales = ALL,
		  .grows = sizeof(struct iphdr) + WORLD_GUE_BYTES) },
	{ FORWARD("gue_v6", SCENE_V6, WORLD_GUE6, STEER_V_FORWARD_GUE, .scales = FLOWS,
		  .grows = sizeof(struct ipv6hdr) + WORLD_GUE_BYTES) },
	{ .name = "any_port",
	  .wrap = SCENE_V4,
	  .protocol = IPPROTO_UDP,
	  .port = WORLD_PORT_ANY,
	  .action = XDP_TX,
	  .verdict = STEER_V_FORWARD_L2,
	  .scales = FLOWS },
	{ PASS("deliver_v4", SCENE_V4, STEER_V_LOCAL_OWNER, .protocol = IPPROTO_TCP,
	       .port = WORLD_PORT_OWN, .sockets = 1) },
	{ PASS("deliver_v6", SCENE_V6, STEER_V_LOCAL_OWNER, .protocol = IPPROTO_TCP,
	       .port = WORLD_PORT_OWN, .sockets = 1) },
	{ PASS("deliver_udp_v4", SCENE_V4, STEER_V_LOCAL_OWNER, .protocol = IPPROTO_UDP,
	       .port = WORLD_PORT_DATA) },
	{ PASS("pass", SCENE_V4, STEER_V_PASS_NO_VIP, .protocol = IPPROTO_TCP, .foreign = 1,
	       .port = WORLD_PORT) },
	{ PASS("pass_v6", SCENE_V6, STEER_V_PASS_NO_VIP, .protocol = IPPROTO_TCP, .foreign = 1,
	       .port = WORLD_PORT) },
	{ PASS("no_service", SCENE_V4, STEER_V_PASS_NO_SERVICE, .protocol = IPPROTO_TCP,
	       .port = WORLD_PORT_NONE) },
	{ KEPT("flow_hit", SCENE_HIT, .scales = FLOWS) },
	{ KEPT("flow_miss", SCENE_MISS, .scales = FLOWS & ~ONE) },
	{ PASS("unwrap", SCENE_GUE, STEER_V_LOCAL_DECAPSULATED, .protocol = IPPROTO_UDP,
	       .port = WORLD_PORT_DATA, .grows = -(int)sizeof(struct iphdr) - WORLD_GUE_BYTES) },
	/* What the wrappers cost themselves, and whether that is well subtracted. */
	{ FLOOR("null_v4", "null", SCENE_V4, XDP_TX, .scales = FLOWS, .hidden = 1) },
	{ FLOOR("null_v6", "null", SCENE_V6, XDP_TX, .scales = FLOWS, .hidden = 1) },
	{ FLOOR("null_gue", "null", SCENE_GUE, XDP_TX, .scales = FLOWS, .hidden = 1) },
	{ FLOOR("room", "room", SCENE_V4, XDP_TX, .scales = ONE, .hidden = 1,
		.grows = sizeof(struct iphdr) + WORLD_GUE_BYTES) },
	{ FLOOR("alone_null", "alone_null", SCENE_ALONE, XDP_TX, .scales = ONE, .hidden = 1) },
	{ FLOOR("alone_tx", "alone_tx", SCENE_ALONE, XDP_TX, .scales = ONE) },
};
const size_t n_scenes = sizeof(scenes) / sizeof(scenes[0]);

static void build_tcp(void *at)
{
	struct tcphdr *tcp = at;

	tcp->doff = sizeof(*tcp) / 4;
	tcp->ack = 1;
}

static void build_l4(const struct scene *scene, void *at, int bytes)
{
	struct udphdr *udp = at;

	if (scene->protocol == IPPROTO_TCP)
		build_tcp(at);
	else
		udp->len = htons(bytes);
	udp->source = htons(PLAN_FLOW_PORT);
	udp->dest = htons(scene->port);
}

static int build_v4(const struct scene *scene, const struct targets *plan, void *at)
{
	struct iphdr *ip = at;

	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tot_len = htons(sizeof(*ip) + PAYLOAD4_BYTES);
	ip->ttl = TTL;
	ip->protocol = scene->protocol;
	ip->saddr = htonl(plan->client);
	ip->daddr = htonl(plan->vip);
	build_l4(scene, ip + 1, PAYLOAD4_BYTES);
	return sizeof(*ip) + PAYLOAD4_BYTES;
}

static int build_v6(const struct scene *scene, void *at)
{
	struct ipv6hdr *ip = at;

	ip->version = 6;
	ip->payload_len = htons(PAYLOAD6_BYTES);
	ip->nexthdr = scene->protocol;
	ip->hop_limit = TTL;
	ip->saddr.s6_addr32[0] = ip->daddr.s6_addr32[0] = htonl(0x20010db8);
	ip->saddr.s6_addr32[1] = htonl(0xc0000);
	ip->daddr.s6_addr32[1] = htonl(0x50000);
	build_l4(scene, ip + 1, PAYLOAD6_BYTES);
	return sizeof(*ip) + PAYLOAD6_BYTES;
}

static int build_gue(const struct scene *scene, struct targets *plan, void *at)
{
	struct iphdr *ip = at;
	struct udphdr *udp = (void *)(ip + 1);
	struct steer_gue *gue = (void *)(udp + 1);
	int bytes = build_v4(scene, plan, gue + 1) + sizeof(*gue) + sizeof(*udp);

	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tot_len = htons(sizeof(*ip) + bytes);
	ip->ttl = TTL;
	ip->protocol = IPPROTO_UDP;
	ip->saddr = world_node_addr(WORLD_GUE4, PEER).word[3];
	ip->daddr = world_node_addr(WORLD_GUE4, WORLD_SELF).word[3];
	udp->source = htons(0xc000);
	udp->dest = htons(STEER_GUE_PORT);
	udp->len = htons(bytes);
	gue->hlen = STEER_GUE_HLEN;
	gue->protocol = IPPROTO_IPIP;
	gue->private_type = STEER_GUE_PRIVATE;
	gue->hop = STEER_HOP_OWNER;
	gue->epoch = EPOCH;
	memcpy(plan->gue, gue, sizeof(plan->gue));
	return sizeof(*ip) + bytes;
}

/* Coprime to powers of ten, and about the golden section of them. */
static int stride(int n)
{
	int at = 618033;

	while (at >= n)
		at /= 10;
	return at;
}

static void build_plan(const struct scene *scene, const struct scale *scale,
		       struct targets *ret_plan)
{
	bool ipv6 = scene->wrap == SCENE_V6;

	*ret_plan = (struct targets){
		.flows = scale->flows,
		.flow_stride = stride(scale->flows),
		.services = scale->services,
		.client = ipv6 ? WORLD_CLIENT6 : WORLD_CLIENT4,
		.vip = ipv6 ? WORLD_VIP6 : WORLD_VIP4,
		.port = scene->port,
		.ttl = TTL,
		.type = htons(ipv6 ? ETH_P_IPV6 : ETH_P_IP),
		.left_mac = htonl(scene->turned ? ROUTER_MAC : WORLD_MAC),
		.tags = scale->flows,
	};
	ret_plan->service_stride = ret_plan->flow_stride % scale->services;
	if (scene->foreign)
		ret_plan->vip = ipv6 ? WORLD_FOREIGN6 : WORLD_FOREIGN4;
}

static void build_macs(__u8 *frame)
{
	__u32 router = htonl(ROUTER_MAC);

	world_node_mac(WORLD_SELF, frame);
	world_node_mac(WORLD_SELF, frame + ETH_ALEN);
	memcpy(frame + ETH_ALEN, &router, sizeof(router));
}

int scene_build(const struct scene *scene, const struct scale *scale,
		__u8 ret_frame[SCENE_FRAME_BYTES], struct targets *ret_plan)
{
	__u8 *at = ret_frame + ETH_HLEN;
	int bytes;

	memset(ret_frame, 0, SCENE_FRAME_BYTES);
	build_plan(scene, scale, ret_plan);
	build_macs(ret_frame);
	memcpy(ret_frame + 2 * ETH_ALEN, &ret_plan->type, sizeof(ret_plan->type));
	memcpy(ret_plan->mac, ret_frame, sizeof(ret_plan->mac));
	if (scene->wrap == SCENE_V6)
		bytes = build_v6(scene, at);
	else if (scene->wrap == SCENE_GUE)
		bytes = build_gue(scene, ret_plan, at);
	else
		bytes = build_v4(scene, ret_plan, at);
	ret_plan->frame_bytes = ETH_HLEN + bytes;
	ret_plan->left_bytes = ret_plan->frame_bytes + scene->grows;
	return ret_plan->frame_bytes;
}

void scene_fill_tags(const struct targets *plan, __u32 *ret_tags)
{
	__s64 flow = 0;
	int turn;

	for (turn = 0; turn < plan->flows; turn++) {
		__u32 client = htonl(plan->client + (flow >> PLAN_FLOW_PORTS_SHIFT));
		__u32 sport = htons(PLAN_FLOW_PORT + flow % PLAN_FLOW_PORTS);
		__u64 ports = sport | (__u32)htons(plan->port) << 16;
		struct steer_siphash s;
		__u64 digest;

		steer_sip_init(&s, world_flow_key());
		steer_sip_word(&s, client | (__u64)htonl(plan->vip) << 32, 1);
		digest = steer_sip_tail(&s, ports | (__u64)IPPROTO_UDP << 32, 13, 1);
		ret_tags[turn] =
			steer_gue_auth_tag(digest, world_auth_key(), STEER_HOP_OWNER, EPOCH);
		flow = (flow + plan->flow_stride) % plan->flows;
	}
}
