/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_MAPS_H
#define STEER_BPF_MAPS_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "steer/bloom.h"
#include "steer/limits.h"
#include "steer/maps.h"
#include "steer/sbfd.h"
#include "steer/service_index.h"
#include "steer/trace.h"
#include "steer/verdict.h"

/**
 * DOC: The maps. The loader chooses where they are pinned.
 */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct steer_settings);
} steer_settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct steer_reflector);
} steer_reflector SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct steer_bloom);
} steer_bloom SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, STEER_MAX_VIPS);
	__type(key, struct steer_addr);
	__type(value, struct steer_vip);
} steer_vips SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, STEER_MAX_VIPS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct steer_prefix_key);
	__type(value, struct steer_vip);
} steer_prefixes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, STEER_MAX_SERVICES);
	__type(key, struct steer_service_key);
	__type(value, struct steer_service);
} steer_services SEC(".maps");

/* Makes the compiler define the type in the BTF, which else only declares an inner map's types. */
const struct steer_index_set *steer_index_set_type __attribute__((unused));

struct steer_index_inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, STEER_INDEX_SETS);
	__type(key, __u32);
	__type(value, struct steer_index_set);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct steer_index_inner);
} steer_index SEC(".maps");

/* As with steer_index_set_type. */
const struct steer_row *steer_row_type __attribute__((unused));

struct steer_table {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, STEER_TABLE_ROWS);
	__type(key, __u32);
	__type(value, struct steer_row);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, STEER_MAX_POOLS);
	__type(key, __u32);
	__array(values, struct steer_table);
} steer_tables SEC(".maps");

/* As with steer_index_set_type. */
const struct steer_former *steer_former_type __attribute__((unused));

struct steer_former_inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, STEER_TABLE_ROWS);
	__type(key, __u32);
	__type(value, struct steer_former);
};

/* Only pools that more members have left than their rows can name have a map here. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, STEER_MAX_POOLS);
	__type(key, __u32);
	__array(values, struct steer_former_inner);
} steer_formers SEC(".maps");

/* The daemon maps this memory and changes single bytes. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, STEER_MAX_POOLS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct steer_pool_states);
} steer_states SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, STEER_MAX_NODES);
	__type(key, __u32);
	__type(value, struct steer_node);
} steer_nodes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8 * STEER_MAX_NODES);
	__type(key, struct steer_mac_key);
	__type(value, struct steer_mac);
} steer_macs SEC(".maps");

/* MACs that this host answers for beside those of its interfaces, which are in the settings: of
 * macvlans (VRRP) and bridges. The value has no meaning. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, STEER_MAX_OWN_MACS);
	__type(key, struct steer_interface);
	__type(value, __u32);
} steer_own_macs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * STEER_MAX_NODES);
	__type(key, struct steer_addr);
	__type(value, struct steer_peer);
} steer_peers SEC(".maps");

/* Routers whose plain S-BFD is answered. The value has no meaning. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, STEER_MAX_ROUTERS);
	__type(key, struct steer_addr);
	__type(value, __u32);
} steer_routers SEC(".maps");

/* Interfaces of next hops, for packets that came in on another interface. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u32);
} steer_devs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct steer_fragment_key);
	__type(value, struct steer_fragment);
} steer_fragments SEC(".maps");

/* As with steer_index_set_type. */
const struct steer_flow *steer_flow_type __attribute__((unused));
const struct steer_flow_entry *steer_flow_entry_type __attribute__((unused));

/* The daemon creates each with the size that the service's configuration has. */
struct steer_flow_table {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, struct steer_flow);
	__type(value, struct steer_flow_entry);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, STEER_MAX_SERVICES);
	__type(key, __u32);
	__array(values, struct steer_flow_table);
} steer_flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct steer_tokens);
} steer_tokens SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct steer_tracing);
} steer_tracing SEC(".maps");

/* As with steer_index_set_type: the element of the ring, and the metadata of an explanation. */
const struct steer_event *steer_event_type __attribute__((unused));
const struct steer_explanation *steer_explanation_type __attribute__((unused));

/* For bpftool alone, which takes over its slots. It has one per CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} steer_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, STEER_TRACE_RING_BYTES);
} steer_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct steer_verdict_counters);
} steer_verdicts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, STEER_MAX_SERVICES);
	__type(key, __u32);
	__type(value, struct steer_service_stats);
} steer_svc_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, STEER_MAX_NODES);
	__type(key, __u32);
	__type(value, struct steer_node_stats);
} steer_node_stat SEC(".maps");

#endif
