// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "datapath/error.h"
#include "datapath/inner_maps.h"

/**
 * DOC: flow tables: of each service that has one, a map of its own in steer_flows.
 *
 * The program fills them; here they are made and thrown away. A table that cannot be opened (see
 * inner_maps.h) counts as another than the wanted, and is replaced.
 */
#define COUNT_BATCH 8192

/* A service's table: a file descriptor, -ENOENT if it has none, -EPERM if we may not see it. */
static int open_flow_table(const struct datapath *datapath, __u32 service, __u32 *ret_entries)
{
	_cleanup_(cleanup_close) int fd = inner_maps_open(datapath, SCHEMA_FLOWS, service);
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);
	int error;

	if (fd < 0)
		return fd;
	error = bpf_obj_get_info_by_fd(fd, &info, &length);
	if (error)
		return error;
	*ret_entries = info.max_entries;
	return TAKE_FD(fd);
}

/* What counts flows starts from 0 with a table that is empty: how many are gone can be told. */
static int reset_service_stats(const struct datapath *datapath, __u32 service)
{
	memset(datapath->per_cpu, 0, datapath->n_cpus * sizeof(struct steer_service_stats));
	return bpf_map_update_elem(datapath->map[SCHEMA_SERVICE_STATS], &service, datapath->per_cpu,
				   BPF_ANY);
}

/* Of those that are known by a pin or a descriptor: to ask the map for each service that there may
 * be takes a minute on kernel 6.1, which waits for a grace period every time. */
int datapath_keep_flow_tables(struct datapath *datapath, const bool wanted[STEER_MAX_SERVICES])
{
	_cleanup_(cleanup_free) bool *known = calloc(STEER_MAX_SERVICES, sizeof(*known));
	int error;

	if (!known)
		return -ENOMEM;
	error = inner_maps_list(datapath, SCHEMA_FLOWS, known, STEER_MAX_SERVICES);
	for (__u32 service = 0; service < STEER_MAX_SERVICES && !error; service++)
		if (known[service] && !wanted[service])
			error = inner_maps_delete(datapath, SCHEMA_FLOWS, service);
	return error;
}

int datapath_set_flow_table(struct datapath *datapath, uint16_t service, uint32_t entries,
			    struct datapath_error *ret_error)
{
	_cleanup_(cleanup_close) int old = -1;
	_cleanup_(cleanup_close) int fd = -1;
	__u32 old_entries = 0;
	int error;

	if (service >= STEER_MAX_SERVICES || entries > STEER_MAX_FLOWS)
		return error_say(ret_error, -EINVAL, "a flow table has at most %d entries",
				 STEER_MAX_FLOWS);
	if (!entries) {
		error = inner_maps_delete(datapath, SCHEMA_FLOWS, service);
		return error ? error_kernel(ret_error, error, "cannot remove a flow table") : 0;
	}
	error_collect();
	old = open_flow_table(datapath, service, &old_entries);
	if (old >= 0 && old_entries == entries)
		return 0;
	fd = inner_maps_create(datapath, SCHEMA_FLOWS, entries);
	if (fd < 0)
		return error_kernel(ret_error, fd,
				    "cannot make a flow table of %u entries (about %u MiB)",
				    entries, (entries >> 13) + 1);
	error = reset_service_stats(datapath, service);
	if (!error)
		error = inner_maps_put(datapath, SCHEMA_FLOWS, service, fd);
	return error ? error_kernel(ret_error, error, "cannot put a flow table into steer_flows")
		     : 0;
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
	int error;

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

		error = bpf_map_lookup_batch(fd, first ? NULL : &position, &position, keys, entries,
					     &count, NULL);
		if (error && error != -ENOENT) /* which is how it says that this was all */
			return error;
		table.flows += count;
		first = false;
	} while (!error);
	*ret_table = table;
	return 0;
}
