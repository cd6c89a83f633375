// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include <bpf/bpf.h>

#include "datapath/handle.h"

/**
 * DOC: single values of the maps.
 */

static int maps_write(const struct datapath *d, enum schema_map map, uint32_t index,
		      const void *value)
{
	return bpf_map_update_elem(d->map[map], &index, value, BPF_ANY);
}

int datapath_set_settings(struct datapath *d, const struct steer_settings *settings)
{
	return maps_write(d, SCHEMA_SETTINGS, 0, settings);
}

int datapath_get_settings(struct datapath *d, struct steer_settings *ret_settings)
{
	uint32_t index = 0;

	return bpf_map_lookup_elem(d->map[SCHEMA_SETTINGS], &index, ret_settings);
}

int datapath_set_reflector(struct datapath *d, const struct steer_reflector *reflector)
{
	return maps_write(d, SCHEMA_REFLECTOR, 0, reflector);
}

int datapath_set_node(struct datapath *d, uint16_t node, const struct steer_node *value)
{
	return maps_write(d, SCHEMA_NODES, node, value);
}

int datapath_set_mac(struct datapath *d, const struct steer_mac_key *key,
		     const struct steer_mac *value)
{
	return bpf_map_update_elem(d->map[SCHEMA_MACS], key, value, BPF_ANY);
}

int datapath_delete_mac(struct datapath *d, const struct steer_mac_key *key)
{
	int r = bpf_map_delete_elem(d->map[SCHEMA_MACS], key);

	return r == -ENOENT ? 0 : r;
}

void datapath_set_state(struct datapath *d, uint16_t pool, uint16_t node, uint8_t state)
{
	if (pool < STEER_MAX_POOLS && node < STEER_MAX_NODES)
		__atomic_store_n(&d->states[pool].node[node], state, __ATOMIC_RELEASE);
}

uint8_t datapath_get_state(const struct datapath *d, uint16_t pool, uint16_t node)
{
	if (pool >= STEER_MAX_POOLS || node >= STEER_MAX_NODES)
		return 0;
	return __atomic_load_n(&d->states[pool].node[node], __ATOMIC_ACQUIRE);
}
