/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_OWNER_H
#define STEER_BPF_OWNER_H

#include "maps.h"
#include "parse.h"

/**
 * DOC: stage 5, row → owner: the first rank that serves.
 *
 * A node that goes down is skipped, here, by a byte; the table stays. When four members fail at
 * once and they are just the ranks of a row, the flow tries a few further rows before it is given
 * up.
 */
#define STEER_PROBE_STRIDE 0x9e37 /* odd, far from neighbours */

/* Return: the owner's id, or STEER_NODE_NONE. */
__inline __u16 steer_find_owner(__u32 pool, __u64 hash)
{
	void *table = bpf_map_lookup_elem(&steer_tables, &pool);
	struct steer_pool_states *states = bpf_map_lookup_elem(&steer_states, &pool);
	__u32 probe, rank, index;

	if (!table || !states)
		return STEER_NODE_NONE;
	for (probe = 0; probe < STEER_PROBE_ROWS; probe++) {
		struct steer_row *row;

		index = (hash + probe * STEER_PROBE_STRIDE) & (STEER_TABLE_ROWS - 1);
		row = bpf_map_lookup_elem(table, &index);
		if (!row)
			return STEER_NODE_NONE;
#pragma unroll
		for (rank = 0; rank < STEER_RANKS; rank++) {
			__u32 node = row->rank[rank] & (STEER_MAX_NODES - 1);

			if (states->node[node] & STEER_STATE_SERVING)
				return node;
		}
	}
	return STEER_NODE_NONE;
}

#endif
