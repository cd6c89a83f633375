// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>

#include "datapath/handle.h"

/**
 * DOC: counters, summed over the CPUs.
 *
 * All per-CPU values are rows of 64-bit counters, so that one loop adds up any of them.
 */

/* Per-CPU values are rounded up to 8 bytes each, which ours are anyway. */
static int stats_sum(struct datapath *d, enum schema_map map, uint32_t index, uint64_t *ret_words)
{
	size_t words = schema_maps[map].value_bytes / sizeof(uint64_t);
	const uint64_t *value = d->per_cpu;
	int r = bpf_map_lookup_elem(d->map[map], &index, d->per_cpu);

	if (r < 0)
		return r;
	for (size_t word = 0; word < words; word++) {
		ret_words[word] = 0;
		for (int cpu = 0; cpu < d->n_cpus; cpu++)
			ret_words[word] += value[cpu * words + word];
	}
	return 0;
}

int datapath_read_verdicts(struct datapath *d, struct steer_counter ret_counters[STEER_VERDICT_COUNT])
{
	for (uint32_t i = 0; i < STEER_VERDICT_COUNT; i++) {
		int r = stats_sum(d, SCHEMA_VERDICTS, i, (uint64_t *)&ret_counters[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

int datapath_read_service(struct datapath *d, uint16_t service,
			  struct steer_service_stats *ret_stats)
{
	return stats_sum(d, SCHEMA_SERVICE_STATS, service, (uint64_t *)ret_stats);
}

int datapath_read_node(struct datapath *d, uint16_t node, struct steer_node_stats *ret_stats)
{
	return stats_sum(d, SCHEMA_NODE_STATS, node, (uint64_t *)ret_stats);
}
