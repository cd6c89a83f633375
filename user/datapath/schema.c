// SPDX-License-Identifier: GPL-2.0
#include "datapath/schema.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "steer/bloom.h"
#include "steer/maps.h"
#include "steer/sbfd.h"
#include "steer/trace.h"
#include "steer/verdict.h"

#define MAP(map_type, key, value, entries)                                                       \
	.type = BPF_MAP_TYPE_##map_type, .key_bytes = sizeof(key), .value_bytes = sizeof(value), \
	.max_entries = (entries)

const struct schema_map_spec schema_maps[SCHEMA_MAPS] = {
	[SCHEMA_SETTINGS] = { "steer_settings", MAP(ARRAY, __u32, struct steer_settings, 1) },
	[SCHEMA_REFLECTOR] = { "steer_reflector", MAP(ARRAY, __u32, struct steer_reflector, 1) },
	[SCHEMA_BLOOM] = { "steer_bloom", MAP(ARRAY, __u32, struct steer_bloom, 1) },
	[SCHEMA_VIPS] = { "steer_vips",
			  MAP(HASH, struct steer_addr, struct steer_vip, STEER_MAX_VIPS) },
	[SCHEMA_PREFIXES] = { "steer_prefixes",
			      MAP(LPM_TRIE, struct steer_prefix_key, struct steer_vip,
				  STEER_MAX_VIPS),
			      .flags = BPF_F_NO_PREALLOC },
	[SCHEMA_SERVICES] = { "steer_services", MAP(HASH, struct steer_service_key,
						    struct steer_service, STEER_MAX_SERVICES) },
	[SCHEMA_INDEX] = { "steer_index", MAP(ARRAY_OF_MAPS, __u32, __u32, 1) },
	[SCHEMA_TABLES] = { "steer_tables", MAP(ARRAY_OF_MAPS, __u32, __u32, STEER_MAX_POOLS) },
	[SCHEMA_FORMER] = { "steer_formers", MAP(ARRAY_OF_MAPS, __u32, __u32, STEER_MAX_POOLS) },
	[SCHEMA_STATES] = { "steer_states",
			    MAP(ARRAY, __u32, struct steer_pool_states, STEER_MAX_POOLS),
			    .flags = BPF_F_MMAPABLE },
	[SCHEMA_NODES] = { "steer_nodes", MAP(ARRAY, __u32, struct steer_node, STEER_MAX_NODES) },
	[SCHEMA_MACS] = { "steer_macs",
			  MAP(HASH, struct steer_mac_key, struct steer_mac, 8 * STEER_MAX_NODES) },
	[SCHEMA_OWN_MACS] = { "steer_own_macs",
			      MAP(HASH, struct steer_interface, __u32, STEER_MAX_OWN_MACS) },
	[SCHEMA_PEERS] = { "steer_peers",
			   MAP(HASH, struct steer_addr, struct steer_peer, 2 * STEER_MAX_NODES) },
	[SCHEMA_ROUTERS] = { "steer_routers",
			     MAP(HASH, struct steer_addr, __u32, STEER_MAX_ROUTERS) },
	[SCHEMA_DEVS] = { "steer_devs", MAP(DEVMAP_HASH, __u32, __u32, SCHEMA_DEVS_MAX) },
	[SCHEMA_FRAGMENTS] = { "steer_fragments", MAP(LRU_HASH, struct steer_fragment_key,
						      struct steer_fragment, 8192) },
	[SCHEMA_FLOWS] = { "steer_flows", MAP(ARRAY_OF_MAPS, __u32, __u32, STEER_MAX_SERVICES) },
	[SCHEMA_TOKENS] = { "steer_tokens", MAP(PERCPU_ARRAY, __u32, struct steer_tokens, 1) },
	[SCHEMA_TRACING] = { "steer_tracing", MAP(ARRAY, __u32, struct steer_tracing, 1) },
	[SCHEMA_EVENTS] = { "steer_events", MAP(PERF_EVENT_ARRAY, __u32, __u32, SCHEMA_PER_CPU) },
	[SCHEMA_RING] = { "steer_ring", .type = BPF_MAP_TYPE_RINGBUF,
			  .max_entries = STEER_TRACE_RING_BYTES },
	[SCHEMA_VERDICTS] = { "steer_verdicts",
			      MAP(PERCPU_ARRAY, __u32, struct steer_verdict_counters, 1) },
	[SCHEMA_SERVICE_STATS] = { "steer_svc_stats",
				   MAP(PERCPU_ARRAY, __u32, struct steer_service_stats,
				       STEER_MAX_SERVICES) },
	[SCHEMA_NODE_STATS] = { "steer_node_stat", MAP(PERCPU_ARRAY, __u32, struct steer_node_stats,
						       STEER_MAX_NODES) },
};

/* In the object file the size is 0 and libbpf sets it to the number of CPUs; in a map it is set. */
static uint32_t wanted_entries(const struct schema_map_spec *want, uint32_t found)
{
	int cpus = libbpf_num_possible_cpus();

	return want->max_entries == SCHEMA_PER_CPU && found && cpus > 0 ? (uint32_t)cpus
									: want->max_entries;
}

/* The kernel adds a flag of its own to device maps. */
static uint32_t found_flags(const struct schema_map_spec *found)
{
	if (found->type == BPF_MAP_TYPE_DEVMAP_HASH)
		return found->flags & ~BPF_F_RDONLY_PROG;
	return found->flags;
}

int schema_check(enum schema_map map, const struct schema_map_spec *found,
		 char ret_difference[SCHEMA_DIFFERENCE_MAX])
{
	const struct schema_map_spec *want = &schema_maps[map];
	const struct {
		const char *what;
		uint32_t found, want;
	} check[] = {
		{ "type", found->type, want->type },
		{ "key bytes", found->key_bytes, want->key_bytes },
		{ "value bytes", found->value_bytes, want->value_bytes },
		{ "entries", found->max_entries, wanted_entries(want, found->max_entries) },
		{ "flags", found_flags(found), want->flags },
	};

	for (size_t i = 0; i < sizeof(check) / sizeof(*check); i++) {
		if (check[i].found == check[i].want)
			continue;
		snprintf(ret_difference, SCHEMA_DIFFERENCE_MAX, "%s: %s %u, here %u", want->name,
			 check[i].what, check[i].found, check[i].want);
		return -EPROTO;
	}
	return 0;
}

int schema_check_fd(enum schema_map map, int fd, uint32_t *ret_map_id,
		    char ret_difference[SCHEMA_DIFFERENCE_MAX])
{
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);
	struct schema_map_spec found;
	int r;

	r = bpf_obj_get_info_by_fd(fd, &info, &length);
	if (r < 0)
		return r;
	found = (struct schema_map_spec){
		.type = info.type,
		.key_bytes = info.key_size,
		.value_bytes = info.value_size,
		.max_entries = info.max_entries,
		.flags = info.map_flags,
	};
	r = schema_check(map, &found, ret_difference);
	if (r < 0)
		return r;
	*ret_map_id = info.id;
	return 0;
}

void schema_close(int fds[SCHEMA_MAPS])
{
	for (size_t i = 0; i < SCHEMA_MAPS; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}
