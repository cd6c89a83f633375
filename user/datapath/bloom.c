// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>

#include "datapath/bloom.h"
#include "steer/bloom.h"

/* Only the process that owns the datapath writes, so read, change and write need no lock. */
static int read_filter(const struct datapath *datapath, struct steer_bloom *ret_filter)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(datapath->map[SCHEMA_BLOOM], &zero, ret_filter);
}

static int write_filter(const struct datapath *datapath, const struct steer_bloom *filter)
{
	__u32 zero = 0;

	return bpf_map_update_elem(datapath->map[SCHEMA_BLOOM], &zero, filter, BPF_ANY);
}

static __u32 last_bytes(const struct steer_mac_key *key)
{
	__u32 last;

	memcpy(&last, key->mac + 2, sizeof(last));
	return last;
}

static void set_vips(struct steer_bloom *filter, const struct map_sync *vips)
{
	for (size_t i = 0; i < vips->n; i++) {
		struct steer_addr addr;

		memcpy(&addr, vips->entries + i * vips->entry_bytes, sizeof(addr));
		steer_bloom_set(filter->vips, steer_bloom_vip(addr.word));
	}
}

int bloom_add_vips(const struct datapath *datapath, const struct map_sync *vips)
{
	struct steer_bloom filter;
	int r = read_filter(datapath, &filter);

	if (r < 0)
		return r;
	set_vips(&filter, vips);
	return write_filter(datapath, &filter);
}

int bloom_set_vips(const struct datapath *datapath, const struct map_sync *vips)
{
	struct steer_bloom filter;
	int r = read_filter(datapath, &filter);

	if (r < 0)
		return r;
	memset(filter.vips, 0, sizeof(filter.vips));
	set_vips(&filter, vips);
	return write_filter(datapath, &filter);
}

int bloom_add_mac(const struct datapath *datapath, const struct steer_mac_key *key)
{
	__u32 bit = steer_bloom_mac(last_bytes(key));
	struct steer_bloom filter;
	int r = read_filter(datapath, &filter);

	if (r || steer_bloom_has(filter.macs, bit))
		return r;
	steer_bloom_set(filter.macs, bit);
	return write_filter(datapath, &filter);
}

int bloom_update_macs(const struct datapath *datapath)
{
	struct steer_mac_key key, *previous = NULL;
	struct steer_bloom filter;
	int r = read_filter(datapath, &filter);

	if (r < 0)
		return r;
	memset(filter.macs, 0, sizeof(filter.macs));
	while (!(r = bpf_map_get_next_key(datapath->map[SCHEMA_MACS], previous, &key))) {
		steer_bloom_set(filter.macs, steer_bloom_mac(last_bytes(&key)));
		previous = &key;
	}
	return r == -ENOENT ? write_filter(datapath, &filter) : r;
}
