// SPDX-License-Identifier: GPL-2.0
#include "datapath/service_index.h"

#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "datapath/inner_maps.h"
#include "steer/siphash.h"

static int compare_ids(const void *a, const void *b)
{
	const struct datapath_vip *const *left = a, *const *right = b;
	uint32_t l = (*left)->value.id, r = (*right)->value.id;

	return l < r ? -1 : l > r;
}

static void sort_by_id(const struct datapath_vip *vips, size_t n,
		       const struct datapath_vip **sorted)
{
	for (size_t i = 0; i < n; i++)
		sorted[i] = &vips[i];
	qsort(sorted, n, sizeof(*sorted), compare_ids);
}

static const struct datapath_vip *find_by_id(const struct datapath_vip **sorted, size_t n,
					     uint32_t id)
{
	const struct datapath_vip wanted = { .value.id = id }, *key = &wanted;
	const struct datapath_vip **found = bsearch(&key, sorted, n, sizeof(*sorted), compare_ids);

	return found ? *found : NULL;
}

static struct steer_index_set *set_of(const struct service_index *index,
				      const struct steer_index_entry *entry)
{
	const __be32 *word = entry->addr.word;

	return &index->sets[steer_index_set_of(
		(__u64)steer_raw32(word[1]) << 32 | steer_raw32(word[0]),
		(__u64)steer_raw32(word[3]) << 32 | steer_raw32(word[2]),
		steer_raw16(entry->port) | (__u32)entry->protocol << 16)];
}

static void add_entry(struct service_index *index, const struct steer_index_entry *entry)
{
	struct steer_index_set *set = set_of(index, entry);

	for (size_t i = 0; i < STEER_INDEX_WAYS; i++) {
		if (set->entry[i].port)
			continue;
		set->entry[i] = *entry;
		return;
	}
}

int service_index_fill(struct service_index *ret_index, const struct datapath_vip *vips,
		       size_t n_vips, const struct datapath_service *services, size_t n_services)
{
	_cleanup_(cleanup_free) const struct datapath_vip **sorted =
		calloc(n_vips + 1, sizeof(*sorted));

	*ret_index = (struct service_index){ .fd = -1 };
	ret_index->sets = calloc(STEER_INDEX_SETS, sizeof(*ret_index->sets));
	if (!sorted || !ret_index->sets)
		return -ENOMEM;
	sort_by_id(vips, n_vips, sorted);
	for (size_t i = 0; i < n_services; i++) {
		const struct steer_service_key *key = &services[i].key;
		const struct datapath_vip *vip = find_by_id(sorted, n_vips, key->vip);
		struct steer_index_entry entry;

		if (!vip || vip->prefix_bits < 128 || !key->port)
			continue;
		entry = (struct steer_index_entry){
			.addr = vip->addr,
			.port = key->port,
			.protocol = key->protocol,
			.service = services[i].value,
		};
		add_entry(ret_index, &entry);
	}
	return 0;
}

void service_index_release(struct service_index *index)
{
	free(index->sets);
	cleanup_close(&index->fd);
}

static uint64_t digest_of(const struct service_index *index)
{
	static const struct steer_key key = { { 0, 0 } };
	const __u64 *words = (const __u64 *)index->sets;
	uint64_t digest = steer_siphash24(&key, words,
					  STEER_INDEX_SETS * sizeof(*index->sets) / sizeof(*words));

	return digest ? digest : 1;
}

int service_index_prepare(const struct datapath *datapath, struct service_index *index)
{
	_cleanup_(cleanup_free) __u32 *keys = calloc(STEER_INDEX_SETS, sizeof(*keys));
	__u32 count = STEER_INDEX_SETS;

	if (!keys)
		return -ENOMEM;
	index->digest = digest_of(index);
	if (index->digest == datapath->index_digest)
		return 0;
	for (__u32 i = 0; i < STEER_INDEX_SETS; i++)
		keys[i] = i;
	index->fd = inner_maps_create(datapath, SCHEMA_INDEX, STEER_INDEX_SETS);
	if (index->fd < 0)
		return index->fd;
	return bpf_map_update_batch(index->fd, keys, index->sets, &count, NULL);
}

int service_index_swap(struct datapath *datapath, const struct service_index *index)
{
	__u32 zero = 0;
	int r;

	if (index->fd < 0)
		return 0;
	r = bpf_map_update_elem(datapath->map[SCHEMA_INDEX], &zero, &index->fd, BPF_ANY);
	if (!r)
		datapath->index_digest = index->digest;
	return r;
}
