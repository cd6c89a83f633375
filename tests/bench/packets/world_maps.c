// SPDX-License-Identifier: GPL-2.0
#include "world_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "steer/gue.h"
#include "table/table.h"

#include "plan.h"

#define POOLS 16 /* of a thousand services */
#define POOL_OWN POOLS
#define SERVICE_OWN 0xf00
#define SERVICE_DATA 0xf01
#define SERVICE_ANY 0xf03
#define VIP_ID 1 /* of the first one, IPv4; IPv6's are as far above them as there can be */
#define VIP_ID6 2048
#define WELL (STEER_STATE_SERVING | STEER_STATE_LIVE | STEER_STATE_HEALTHY)
#define MTU_BYTES 9000
#define LOOPBACK 1 /* what BPF_PROG_TEST_RUN pretends packets come in on */

static const struct steer_key flow_key = { { 0x0706050403020100, 0x0f0e0d0c0b0a0908 } };
static const struct steer_key auth_key = { { 0x1716151413121110, 0x1f1e1d1c1b1a1918 } };

static struct steer_addr ipv4(__u32 addr)
{
	return (struct steer_addr){ { 0, 0, htonl(0xffff), htonl(addr) } };
}

static struct steer_addr ipv6(__u16 net, __u32 last)
{
	return (struct steer_addr){ { htonl(0x20010db8), htonl((__u32)net << 16), 0,
				      htonl(last) } };
}

const struct steer_key *world_flow_key(void)
{
	return &flow_key;
}

const struct steer_key *world_auth_key(void)
{
	return &auth_key;
}

struct steer_addr world_node_addr(enum world_forward forward, int node)
{
	return forward == WORLD_GUE6 ? ipv6(0xf, node) : ipv4(0xc6120000 + node); /* 198.18.0.0 */
}

void world_node_mac(int node, __u8 ret_mac[6])
{
	__u32 high = htonl(WORLD_MAC);
	__u16 low = htons(node);

	memcpy(ret_mac, &high, sizeof(high));
	memcpy(ret_mac + sizeof(high), &low, sizeof(low));
}

static int put(const struct world *world, const char *map, const void *key, const void *value)
{
	int r = bpf_map_update_elem(world_map_fd(world, map), key, value, BPF_ANY);

	if (r)
		fprintf(stderr, "packets: %s: %s\n", map, strerror(-r));
	return r;
}

static int put_filter(struct world *world)
{
	__u32 zero = 0;

	return put(world, "steer_bloom", &zero, &world->filter);
}

static int put_settings(const struct world *world)
{
	struct steer_settings settings = {
		.schema = STEER_SCHEMA,
		.generation = 1,
		.self = WORLD_SELF,
		.epoch = 1,
		.gue_port = htons(STEER_GUE_PORT),
		.flow_key = flow_key,
		.auth_key = { auth_key, auth_key },
		.addr4 = world_node_addr(WORLD_GUE4, WORLD_SELF),
		.addr6 = world_node_addr(WORLD_GUE6, WORLD_SELF),
	};
	__u32 zero = 0;

	world_node_mac(WORLD_SELF, settings.interface[0].mac);
	return put(world, "steer_settings", &zero, &settings);
}

static int put_node(struct world *world, __u32 node)
{
	enum world_forward forward = world->size.forward;
	struct steer_node way = {
		.forward = forward == WORLD_L2 ? STEER_FORWARD_L2 : STEER_FORWARD_GUE,
		.mtu_bytes = MTU_BYTES,
		.ifindex = LOOPBACK,
		.addr = world_node_addr(forward, node),
		.source = world_node_addr(forward, WORLD_SELF),
	};
	struct steer_peer peer = { .node = node };
	struct steer_mac_key key = {};
	struct steer_mac mac = { .node = node };
	struct steer_addr addr6;
	__u32 last;
	int r;

	world_node_mac(node, way.dst_mac);
	world_node_mac(WORLD_SELF, way.src_mac);
	memcpy(key.mac, way.dst_mac, sizeof(key.mac));
	mac.first = key.mac[0];
	key.mac[0] = 0;
	memcpy(&last, key.mac + 2, sizeof(last));
	steer_bloom_set(world->filter.macs, steer_bloom_mac(last));
	addr6 = world_node_addr(WORLD_GUE6, node);
	r = put(world, "steer_nodes", &node, &way);
	if (!r)
		r = put(world, "steer_macs", &key, &mac);
	if (!r)
		r = put(world, "steer_peers", &way.addr, &peer);
	if (!r && forward != WORLD_GUE6)
		r = put(world, "steer_peers", &addr6, &peer);
	return r;
}

static int put_nodes(struct world *world)
{
	int node, r = 0;

	for (node = WORLD_SELF + 1; node <= WORLD_SELF + world->size.nodes && !r; node++)
		r = put_node(world, node);
	return r;
}

static int put_inner(const struct world *world, const char *map, __u32 key, int fd)
{
	int r = fd < 0 ? fd : put(world, map, &key, &fd);

	if (fd >= 0)
		close(fd);
	return r;
}

/* An array that is full of these values. */
static int create_array(const char *name, const void *values, size_t value_bytes, __u32 n)
{
	_cleanup_(cleanup_close) int fd =
		bpf_map_create(BPF_MAP_TYPE_ARRAY, name, sizeof(__u32), value_bytes, n, NULL);
	_cleanup_(cleanup_free) __u32 *keys = calloc(n, sizeof(*keys));
	__u32 i, count = n;

	for (i = 0; keys && i < n; i++)
		keys[i] = i;
	if (fd < 0 || !keys || bpf_map_update_batch(fd, keys, values, &count, NULL))
		return -ENOMEM;
	return TAKE_FD(fd);
}

/* The states of a pool of so many nodes from @first on. */
static int put_states(const struct world *world, __u32 pool, int first, int nodes)
{
	struct steer_pool_states states = { .node = { [WORLD_SELF] = WELL } };
	int i;

	for (i = 0; i < nodes; i++)
		states.node[first + i] = WELL;
	return put(world, "steer_states", &pool, &states);
}

/* The table of these nodes, for so many pools. */
static int put_table(const struct world *world, __u32 pool, int pools, int first, int nodes,
		     struct steer_row *rows)
{
	struct table_member members[STEER_MAX_NODES];
	_cleanup_(cleanup_close) int fd = -1;
	__u16 ids[STEER_MAX_NODES];
	const struct table_fallback fallback = { .nodes = ids, .n_nodes = nodes, .spread = true };
	static struct steer_former former[STEER_TABLE_ROWS];
	struct table_former count;
	int i, r;

	for (i = 0; i < nodes; i++) {
		members[i] = (struct table_member){ .node = first + i, .weight = 1 };
		ids[i] = first + i;
	}
	r = table_build(members, nodes, pool, rows, STEER_TABLE_ROWS);
	if (!r)
		r = table_set_fallback(&fallback, rows, STEER_TABLE_ROWS, former, &count);
	if (r)
		return r;
	fd = create_array("steer_table", rows, sizeof(*rows), STEER_TABLE_ROWS);
	for (i = 0; i < pools && fd >= 0 && !r; i++, pool++)
		r = put(world, "steer_tables", &pool, &fd);
	return fd < 0 ? fd : r;
}

static int put_pools(const struct world *world)
{
	_cleanup_(cleanup_free) struct steer_row *rows = calloc(STEER_TABLE_ROWS, sizeof(*rows));
	int pools = world->size.services < POOLS ? world->size.services : POOLS;
	int share = world->size.tables ? 1 : pools;
	int pool, r = rows ? 0 : -ENOMEM;

	for (pool = 0; pool < pools && !r; pool++)
		r = put_states(world, pool, WORLD_SELF + 1, world->size.nodes);
	for (pool = 0; pool < pools && !r; pool += share)
		r = put_table(world, pool, share, WORLD_SELF + 1, world->size.nodes, rows);
	if (!r)
		r = put_states(world, POOL_OWN, WORLD_SELF, 1);
	return r ? r : put_table(world, POOL_OWN, 1, WORLD_SELF, 1, rows);
}

static int put_service(struct world *world, __u32 vip, __u8 protocol, int port,
		       const struct steer_service *service)
{
	struct steer_service_key key = { .port = htons(port), .protocol = protocol };
	const __u32 ids[] = { VIP_ID + vip, VIP_ID6 + vip };
	int i, r = 0;

	for (i = 0; i < 2 && !r; i++) {
		key.vip = ids[i];
		world->services[world->n_services++] = (struct datapath_service){ key, *service };
		r = put(world, "steer_services", &key, service);
	}
	return r;
}

static int put_vip(struct world *world, __u32 vip)
{
	const struct steer_addr addrs[] = { ipv4(WORLD_VIP4 + vip), ipv6(5, WORLD_VIP6 + vip) };
	const __u32 ids[] = { VIP_ID + vip, VIP_ID6 + vip };
	struct steer_vip value = { .protocols = STEER_VIP_TCP | STEER_VIP_UDP };
	int i, r = 0;

	for (i = 0; i < 2 && !r; i++) {
		steer_bloom_set(world->filter.vips, steer_bloom_vip(addrs[i].word));
		value.id = ids[i];
		world->vips[world->n_vips++] = (struct datapath_vip){
			.addr = addrs[i],
			.prefix_bits = 128,
			.value = value,
		};
		r = put(world, "steer_vips", &addrs[i], &value);
	}
	return r;
}

static int put_index(struct world *world)
{
	int r = service_index_fill(&world->index, world->vips, world->n_vips, world->services,
				   world->n_services);

	if (r)
		return r;
	return put_inner(world, "steer_index", 0,
			 create_array("steer_index", world->index.sets, sizeof(*world->index.sets),
				      STEER_INDEX_SETS));
}

static int put_services(struct world *world)
{
	const struct steer_service own = { .id = SERVICE_OWN, .pool = POOL_OWN };
	const struct steer_service data = { .id = SERVICE_DATA, .pool = POOL_OWN };
	const struct steer_service flows = { .id = WORLD_SERVICE_FLOWS,
					     .flags = STEER_SERVICE_FLOWS };
	const struct steer_service any = { .id = SERVICE_ANY };
	int s, r = 0;

	for (s = 0; s < world->size.services && !r; s++) {
		struct steer_service service = { .id = 1 + s, .pool = s % POOLS };
		__u32 vip = s >> PLAN_SERVICE_PORTS_SHIFT;

		if (s % PLAN_SERVICE_PORTS == 0)
			r = put_vip(world, vip);
		if (!r)
			r = put_service(world, vip, IPPROTO_TCP,
					WORLD_PORT + s % PLAN_SERVICE_PORTS, &service);
	}
	if (!r)
		r = put_service(world, 0, IPPROTO_TCP, WORLD_PORT_OWN, &own);
	if (!r)
		r = put_service(world, 0, IPPROTO_UDP, WORLD_PORT_DATA, &data);
	if (!r)
		r = put_service(world, 0, IPPROTO_UDP, 0, &any);
	return r ? r : put_service(world, 0, IPPROTO_UDP, WORLD_PORT_FLOWS, &flows);
}

static int put_flow_table(const struct world *world)
{
	int fd;

	if (!world->size.flow_entries)
		return 0;
	fd = bpf_map_create(BPF_MAP_TYPE_LRU_HASH, "steer_flow_table", sizeof(struct steer_flow),
			    sizeof(struct steer_flow_entry), world->size.flow_entries, NULL);
	return put_inner(world, "steer_flows", WORLD_SERVICE_FLOWS, fd);
}

int world_fill(struct world *world)
{
	int r = put_nodes(world);

	if (!r)
		r = put_pools(world);
	if (!r)
		r = put_services(world);
	if (!r)
		r = put_index(world);
	if (!r)
		r = put_flow_table(world);
	if (!r)
		r = put_filter(world);
	if (!r)
		r = put_settings(world);
	return r;
}
