/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_SERVICE_H
#define STEER_BPF_SERVICE_H

#include "maps.h"
#include "parse.h"

/**
 * DOC: Stage 3, service lookup: does a service claim the packet?
 *
 * One bit of the Bloom filter is enough for most foreign packets. Most others belong to a service
 * that the index holds. Only the rest costs lookups of virtual address and port in hash maps.
 * Nothing is dropped before a service is found.
 */

/* Whether the destination may be in steer_vips, and its services in the index. */
static __always_inline int steer_may_be_vip(const struct steer_bloom *bloom,
					    const struct steer_addr *addr)
{
	return steer_bloom_has(bloom->vips, steer_bloom_vip(addr->word));
}

static __always_inline struct steer_vip *steer_find_vip(const struct steer_settings *settings,
							const struct steer_bloom *bloom,
							const struct steer_addr *addr)
{
	struct steer_vip *vip = NULL;

	if (steer_may_be_vip(bloom, addr))
		vip = bpf_map_lookup_elem(&steer_vips, addr);
	if (!vip && settings->flags & STEER_HAVE_PREFIXES) {
		struct steer_prefix_key key = { .prefix_bits = 128, .addr = *addr };

		vip = bpf_map_lookup_elem(&steer_prefixes, &key);
	}
	return vip;
}

/* The service of a flow at this virtual address, exact port before any port; NULL if none. */
static __always_inline struct steer_service *steer_find_service(const struct steer_flow *flow,
								const struct steer_vip *vip)
{
	struct steer_service_key key = {
		.vip = vip->id,
		.port = flow->dport,
		.protocol = flow->protocol,
	};
	struct steer_service *service = bpf_map_lookup_elem(&steer_services, &key);

	if (service)
		return service;
	key.port = 0;
	return bpf_map_lookup_elem(&steer_services, &key);
}

/* Return: whether the index has the flow's service, which @ret_service is then. */
static __always_inline int steer_find_indexed(const struct steer_flow *flow,
					      struct steer_service *ret_service)
{
	__u64 high = steer_word(flow->dst.word[0], flow->dst.word[1]);
	__u64 low = steer_word(flow->dst.word[2], flow->dst.word[3]);
	__u32 port = steer_raw16(flow->dport) | (__u32)flow->protocol << 16;
	__u32 at = steer_index_set_of(high, low, port), zero = 0, i;
	void *index = bpf_map_lookup_elem(&steer_index, &zero);
	struct steer_index_set *set;

	set = index ? bpf_map_lookup_elem(index, &at) : NULL;
	if (!set)
		return 0;
#pragma unroll
	for (i = 0; i < STEER_INDEX_WAYS; i++) {
		const struct steer_index_entry *entry = &set->entry[i];
		const __u64 *addr = (const __u64 *)&entry->addr;

		if (*(const __u32 *)&entry->port == port && addr[1] == low && addr[0] == high) {
			*ret_service = entry->service;
			return 1;
		}
	}
	return 0;
}

#endif
