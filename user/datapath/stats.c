// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>

#include "datapath/handle.h"

/**
 * DOC: reading the counters, which the program keeps per CPU.
 *
 * Every value is made of struct steer_counter alone, so one function sums them all.
 */

static int read_counters(struct datapath *datapath, enum schema_map map, __u32 key,
			 struct steer_counter *ret_counters, size_t n_counters)
{
	const struct steer_counter *counter = datapath->per_cpu;
	int error;

	error = bpf_map_lookup_elem(datapath->map[map], &key, datapath->per_cpu);
	if (error)
		return error;
	memset(ret_counters, 0, n_counters * sizeof(*ret_counters));
	for (int cpu = 0; cpu < datapath->n_cpus; cpu++) {
		for (size_t i = 0; i < n_counters; i++, counter++) {
			ret_counters[i].packets += counter->packets;
			ret_counters[i].bytes += counter->bytes;
		}
	}
	return 0;
}

int datapath_read_verdicts(struct datapath *datapath,
			   struct steer_counter ret_counters[STEER_VERDICT_COUNT])
{
	struct steer_counter counters[STEER_VERDICT_COUNT];
	int error;

	for (__u32 i = 0; i < STEER_VERDICT_COUNT; i++) {
		error = read_counters(datapath, SCHEMA_VERDICTS, i, &counters[i], 1);
		if (error)
			return error;
	}
	memcpy(ret_counters, counters, sizeof(counters));
	return 0;
}

int datapath_read_service(struct datapath *datapath, uint16_t service,
			  struct steer_service_stats *ret_stats)
{
	return read_counters(datapath, SCHEMA_SERVICE_STATS, service, ret_stats->by_class,
			     sizeof(*ret_stats) / sizeof(struct steer_counter));
}

int datapath_read_node(struct datapath *datapath, uint16_t node, struct steer_node_stats *ret_stats)
{
	struct steer_counter counters[2];
	int error;

	_Static_assert(sizeof(*ret_stats) == sizeof(counters), "sent, dropped");
	error = read_counters(datapath, SCHEMA_NODE_STATS, node, counters, 2);
	if (error)
		return error;
	ret_stats->sent = counters[0];
	ret_stats->dropped = counters[1];
	return 0;
}
