// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>

#include "datapath/handle.h"

/**
 * DOC: reads counters, which the program keeps per CPU.
 *
 * Every value consists of 64-bit numbers only, so one function sums all of them.
 */

static int read_counters(struct datapath *datapath, enum schema_map map, __u32 key,
			 __u64 *ret_words, size_t n_words)
{
	const __u64 *word = datapath->per_cpu;
	int r;

	r = bpf_map_lookup_elem(datapath->map[map], &key, datapath->per_cpu);
	if (r < 0)
		return r;
	memset(ret_words, 0, n_words * sizeof(*ret_words));
	for (int cpu = 0; cpu < datapath->n_cpus; cpu++)
		for (size_t i = 0; i < n_words; i++)
			ret_words[i] += *word++;
	return 0;
}

#define WORDS(value) (sizeof(value) / (sizeof(__u64)))

int datapath_read_verdicts(struct datapath *datapath,
			   struct steer_counter ret_counters[STEER_VERDICT_COUNT])
{
	struct steer_counter counters[STEER_MAX_VERDICTS];
	int r;

	_Static_assert(sizeof(counters) == sizeof(struct steer_verdict_counters),
		       "an array of them");
	r = read_counters(datapath, SCHEMA_VERDICTS, 0, (__u64 *)counters, WORDS(counters));
	if (!r)
		memcpy(ret_counters, counters, STEER_VERDICT_COUNT * sizeof(*counters));
	return r;
}

int datapath_read_service(struct datapath *datapath, uint16_t service,
			  struct steer_service_stats *ret_stats)
{
	return read_counters(datapath, SCHEMA_SERVICE_STATS, service, (__u64 *)ret_stats,
			     WORDS(*ret_stats));
}

int datapath_read_node(struct datapath *datapath, uint16_t node, struct steer_node_stats *ret_stats)
{
	return read_counters(datapath, SCHEMA_NODE_STATS, node, (__u64 *)ret_stats,
			     WORDS(*ret_stats));
}
