// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>

#include "datapath/map_sync.h"
#include "datapath/bloom.h"
#include "datapath/handle.h"
#include "datapath/tracing.h"

/**
 * DOC: single values of maps: settings, reflector, nodes, MACs, states; and the contents of small
 * maps.
 */

int datapath_set_settings(struct datapath *datapath, const struct steer_settings *settings)
{
	return tracing_write_settings(datapath, settings);
}

int datapath_get_settings(struct datapath *datapath, struct steer_settings *ret_settings)
{
	struct steer_settings settings;
	__u32 zero = 0;
	int r;

	r = bpf_map_lookup_elem(datapath->map[SCHEMA_SETTINGS], &zero, &settings);
	if (!r)
		*ret_settings = settings;
	return r;
}

int datapath_get_reflector(const struct datapath *datapath, struct steer_reflector *ret_reflector)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(datapath->map[SCHEMA_REFLECTOR], &zero, ret_reflector);
}

int datapath_set_reflector(struct datapath *datapath, const struct steer_reflector *reflector)
{
	__u32 zero = 0;

	return bpf_map_update_elem(datapath->map[SCHEMA_REFLECTOR], &zero, reflector, BPF_ANY);
}

int datapath_set_node(struct datapath *datapath, uint16_t node, const struct steer_node *value)
{
	__u32 key = node;

	if (node == STEER_NODE_NONE || node >= STEER_MAX_NODES)
		return -EINVAL;
	return bpf_map_update_elem(datapath->map[SCHEMA_NODES], &key, value, BPF_ANY);
}

int datapath_get_node(struct datapath *datapath, uint16_t node, struct steer_node *ret_value)
{
	__u32 key = node;

	return bpf_map_lookup_elem(datapath->map[SCHEMA_NODES], &key, ret_value);
}

int datapath_set_mac(struct datapath *datapath, const struct steer_mac_key *key,
		     const struct steer_mac *value)
{
	int r = bloom_add_mac(datapath, key);

	if (!r)
		r = bpf_map_update_elem(datapath->map[SCHEMA_MACS], key, value, BPF_ANY);
	return r == -E2BIG ? -ENOSPC : r;
}

int datapath_delete_mac(struct datapath *datapath, const struct steer_mac_key *key)
{
	int r = bpf_map_delete_elem(datapath->map[SCHEMA_MACS], key);

	if (!r)
		r = bloom_update_macs(datapath);
	return r == -ENOENT ? 0 : r;
}

static int set_content(struct map_sync *content)
{
	int r = map_sync_check(content, NULL);

	if (!r)
		r = map_sync_make_room(content);
	if (!r)
		r = map_sync_write(content);
	if (!r)
		r = map_sync_remove_stale(content);
	map_sync_release(content);
	return r;
}

int datapath_set_peers(struct datapath *datapath, const struct datapath_peer *peers, size_t n)
{
	struct map_sync content;
	int r = map_sync_init(&content, datapath, SCHEMA_PEERS, n);

	for (size_t i = 0; i < n && !r; i++)
		map_sync_add(&content, &peers[i].addr, &peers[i].value);
	return r ? r : set_content(&content);
}

int datapath_set_own_macs(struct datapath *datapath, const struct steer_interface *macs, size_t n)
{
	static const __u32 nothing;
	struct map_sync content;
	int r = map_sync_init(&content, datapath, SCHEMA_OWN_MACS, n);

	for (size_t i = 0; i < n && !r; i++)
		map_sync_add(&content, &macs[i], &nothing);
	return r ? r : set_content(&content);
}

int datapath_set_devs(struct datapath *datapath, const uint32_t *ifindex, size_t n)
{
	struct map_sync content;
	int r = map_sync_init(&content, datapath, SCHEMA_DEVS, n);

	for (size_t i = 0; i < n && !r; i++)
		map_sync_add(&content, &ifindex[i], &ifindex[i]);
	return r ? r : set_content(&content);
}

int datapath_set_routers(struct datapath *datapath, const struct steer_addr *addrs, size_t n)
{
	static const __u32 nothing;
	struct map_sync content;
	int r = map_sync_init(&content, datapath, SCHEMA_ROUTERS, n);

	for (size_t i = 0; i < n && !r; i++)
		map_sync_add(&content, &addrs[i], &nothing);
	return r ? r : set_content(&content);
}

void datapath_set_state(struct datapath *datapath, uint16_t pool, uint16_t node, uint8_t state)
{
	if (!datapath->states || pool >= STEER_MAX_POOLS || node >= STEER_MAX_NODES)
		return;
	__atomic_store_n(&datapath->states[pool].node[node], state, __ATOMIC_RELEASE);
}

uint8_t datapath_get_state(const struct datapath *datapath, uint16_t pool, uint16_t node)
{
	struct steer_pool_states states;
	__u32 key = pool;

	if (pool >= STEER_MAX_POOLS || node >= STEER_MAX_NODES)
		return 0;
	if (datapath->states)
		return __atomic_load_n(&datapath->states[pool].node[node], __ATOMIC_ACQUIRE);
	if (bpf_map_lookup_elem(datapath->map[SCHEMA_STATES], &key, &states))
		return 0;
	return states.node[node];
}
