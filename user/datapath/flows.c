// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "datapath/error.h"
#include "datapath/inner_maps.h"

/**
 * DOC: flow tables: the inner maps of steer_flows, one for each service with flow-table.
 *
 * The XDP program fills them; user space creates and deletes them. A table that cannot be opened
 * (see inner_maps.h) is replaced, as its size is unknown.
 */
#define COUNT_BATCH 8192

/* Open a service's table. Return: a file descriptor; -ENOENT if it has none; -EPERM. */
static int open_flow_table(const struct datapath *datapath, __u32 service, __u32 *ret_entries)
{
	_cleanup_(cleanup_close) int fd = inner_maps_open(datapath, SCHEMA_FLOWS, service);
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);
	int r;

	if (fd < 0)
		return fd;
	r = bpf_obj_get_info_by_fd(fd, &info, &length);
	if (r < 0)
		return r;
	*ret_entries = info.max_entries;
	return TAKE_FD(fd);
}

/* The counters start from 0 with the empty table, so that they show how many entries are gone. */
static int reset_service_stats(const struct datapath *datapath, __u32 service)
{
	memset(datapath->per_cpu, 0, datapath->n_cpus * sizeof(struct steer_service_stats));
	return bpf_map_update_elem(datapath->map[SCHEMA_SERVICE_STATS], &service, datapath->per_cpu,
				   BPF_ANY);
}

/*
 * Only tables with a pin or a descriptor are considered: looking up every possible service in the
 * outer map takes a minute on Linux 6.1, which waits for a grace period each time.
 */
int datapath_keep_flow_tables(struct datapath *datapath, const bool wanted[STEER_MAX_SERVICES])
{
	_cleanup_(cleanup_free) bool *known = calloc(STEER_MAX_SERVICES, sizeof(*known));
	int r;

	if (!known)
		return -ENOMEM;
	r = inner_maps_list(datapath, SCHEMA_FLOWS, known, STEER_MAX_SERVICES);
	for (__u32 service = 0; service < STEER_MAX_SERVICES && !r; service++)
		if (known[service] && !wanted[service])
			r = inner_maps_delete(datapath, SCHEMA_FLOWS, service);
	return r;
}

int datapath_set_flow_table(struct datapath *datapath, uint16_t service, uint32_t entries,
			    struct datapath_error *ret_error)
{
	_cleanup_(cleanup_close) int old = -1;
	_cleanup_(cleanup_close) int fd = -1;
	__u32 old_entries = 0;
	int r;

	if (service >= STEER_MAX_SERVICES || entries > STEER_MAX_FLOWS)
		return error_say(ret_error, -EINVAL, "a flow table has at most %d entries",
				 STEER_MAX_FLOWS);
	if (!entries) {
		r = inner_maps_delete(datapath, SCHEMA_FLOWS, service);
		return r ? error_kernel(ret_error, r, "cannot remove a flow table") : 0;
	}
	error_collect();
	old = open_flow_table(datapath, service, &old_entries);
	if (old >= 0 && old_entries == entries)
		return 0;
	fd = inner_maps_create(datapath, SCHEMA_FLOWS, entries);
	if (fd < 0)
		return error_kernel(ret_error, fd,
				    "cannot create a flow table of %u entries (about %u MiB)",
				    entries, (entries >> 13) + 1);
	r = reset_service_stats(datapath, service);
	if (!r)
		r = inner_maps_put(datapath, SCHEMA_FLOWS, service, fd);
	return r ? error_kernel(ret_error, r, "cannot put a flow table into steer_flows") : 0;
}

int datapath_pin_flow_table(struct datapath *datapath, uint16_t service)
{
	return inner_maps_pin(datapath, SCHEMA_FLOWS, service);
}

int datapath_count_flows(struct datapath *datapath, uint16_t service,
			 struct datapath_flow_table *ret_table)
{
	_cleanup_(cleanup_free) struct steer_flow_entry *entries = NULL;
	_cleanup_(cleanup_free) struct steer_flow *keys = NULL;
	_cleanup_(cleanup_close) int fd = -1;
	struct datapath_flow_table table = {};
	__u32 position;
	bool first = true;
	int r;

	if (service >= STEER_MAX_SERVICES)
		return -EINVAL;
	fd = open_flow_table(datapath, service, &table.entries);
	if (fd < 0)
		return fd;
	keys = malloc(COUNT_BATCH * sizeof(*keys));
	entries = malloc(COUNT_BATCH * sizeof(*entries));
	if (!keys || !entries)
		return -ENOMEM;
	do {
		__u32 count = COUNT_BATCH;

		r = bpf_map_lookup_batch(fd, first ? NULL : &position, &position, keys, entries,
					 &count, NULL);
		if (r && r != -ENOENT) /* -ENOENT: this was the last batch */
			return r;
		table.flows += count;
		first = false;
	} while (r == 0);
	*ret_table = table;
	return 0;
}
