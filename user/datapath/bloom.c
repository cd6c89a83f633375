// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>

#include "datapath/bloom.h"
#include "steer/bloom.h"

/* Nobody but the datapath's owner writes, so reading and writing need not be one. */
static int bloom_read(const struct datapath *datapath, struct steer_bloom *ret_filter)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(datapath->map[SCHEMA_BLOOM], &zero, ret_filter);
}

static int bloom_write(const struct datapath *datapath, const struct steer_bloom *filter)
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
	int error = bloom_read(datapath, &filter);

	if (error)
		return error;
	set_vips(&filter, vips);
	return bloom_write(datapath, &filter);
}

int bloom_set_vips(const struct datapath *datapath, const struct map_sync *vips)
{
	struct steer_bloom filter;
	int error = bloom_read(datapath, &filter);

	if (error)
		return error;
	memset(filter.vips, 0, sizeof(filter.vips));
	set_vips(&filter, vips);
	return bloom_write(datapath, &filter);
}

int bloom_add_mac(const struct datapath *datapath, const struct steer_mac_key *key)
{
	__u32 place = steer_bloom_mac(last_bytes(key));
	struct steer_bloom filter;
	int error = bloom_read(datapath, &filter);

	if (error || steer_bloom_has(filter.macs, place))
		return error;
	steer_bloom_set(filter.macs, place);
	return bloom_write(datapath, &filter);
}

int bloom_update_macs(const struct datapath *datapath)
{
	struct steer_mac_key key, *previous = NULL;
	struct steer_bloom filter;
	int error = bloom_read(datapath, &filter);

	if (error)
		return error;
	memset(filter.macs, 0, sizeof(filter.macs));
	while (!(error = bpf_map_get_next_key(datapath->map[SCHEMA_MACS], previous, &key))) {
		steer_bloom_set(filter.macs, steer_bloom_mac(last_bytes(&key)));
		previous = &key;
	}
	return error == -ENOENT ? bloom_write(datapath, &filter) : error;
}
