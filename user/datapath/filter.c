// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>

#include "datapath/filter.h"
#include "steer/filter.h"

/* Nobody but the datapath's owner writes, so reading and writing need not be one. */
static int filter_read(const struct datapath *datapath, struct steer_filter *ret_filter)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(datapath->map[SCHEMA_FILTER], &zero, ret_filter);
}

static int filter_write(const struct datapath *datapath, const struct steer_filter *filter)
{
	__u32 zero = 0;

	return bpf_map_update_elem(datapath->map[SCHEMA_FILTER], &zero, filter, BPF_ANY);
}

static __u32 last_bytes(const struct steer_mac_key *key)
{
	__u32 last;

	memcpy(&last, key->mac + 2, sizeof(last));
	return last;
}

static void set_vips(struct steer_filter *filter, const struct content *vips)
{
	for (size_t i = 0; i < vips->n; i++) {
		struct steer_addr addr;

		memcpy(&addr, vips->entries + i * vips->entry_bytes, sizeof(addr));
		steer_filter_set(filter->vips, steer_filter_vip(addr.word));
	}
}

int filter_add_vips(const struct datapath *datapath, const struct content *vips)
{
	struct steer_filter filter;
	int error = filter_read(datapath, &filter);

	if (error)
		return error;
	set_vips(&filter, vips);
	return filter_write(datapath, &filter);
}

int filter_set_vips(const struct datapath *datapath, const struct content *vips)
{
	struct steer_filter filter;
	int error = filter_read(datapath, &filter);

	if (error)
		return error;
	memset(filter.vips, 0, sizeof(filter.vips));
	set_vips(&filter, vips);
	return filter_write(datapath, &filter);
}

int filter_add_mac(const struct datapath *datapath, const struct steer_mac_key *key)
{
	__u32 place = steer_filter_mac(last_bytes(key));
	struct steer_filter filter;
	int error = filter_read(datapath, &filter);

	if (error || steer_filter_has(filter.macs, place))
		return error;
	steer_filter_set(filter.macs, place);
	return filter_write(datapath, &filter);
}

int filter_update_macs(const struct datapath *datapath)
{
	struct steer_mac_key key, *previous = NULL;
	struct steer_filter filter;
	int error = filter_read(datapath, &filter);

	if (error)
		return error;
	memset(filter.macs, 0, sizeof(filter.macs));
	while (!(error = bpf_map_get_next_key(datapath->map[SCHEMA_MACS], previous, &key))) {
		steer_filter_set(filter.macs, steer_filter_mac(last_bytes(&key)));
		previous = &key;
	}
	return error == -ENOENT ? filter_write(datapath, &filter) : error;
}
