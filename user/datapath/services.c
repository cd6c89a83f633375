// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "datapath/map_sync.h"
#include "datapath/error.h"
#include "datapath/bloom.h"
#include "datapath/handle.h"
#include "datapath/service_index.h"

/**
 * DOC: the addresses, ports and protocols of services: three maps and the index, changed while
 * packets use them.
 *
 * Services are added before the VIPs that lead to them and removed after them, so a packet finds a
 * service completely or not at all. The index changes in between, while the maps have old and new
 * entries.
 */

/* Find exactly this prefix. A lookup may find a shorter one, so compare the keys first. */
static int find_prefix(int fd, const struct steer_prefix_key *prefix, struct steer_vip *ret_value)
{
	struct steer_prefix_key key;
	void *previous = NULL;
	int r;

	while (!(r = bpf_map_get_next_key(fd, previous, &key))) {
		if (!memcmp(&key, prefix, sizeof(key)))
			return bpf_map_lookup_elem(fd, prefix, ret_value);
		previous = &key;
	}
	return r;
}

int datapath_get_vip(struct datapath *datapath, struct datapath_vip *vip)
{
	struct steer_prefix_key prefix = { vip->prefix_bits, vip->addr };
	struct steer_vip value;
	int r;

	if (vip->prefix_bits >= 128)
		r = bpf_map_lookup_elem(datapath->map[SCHEMA_VIPS], &vip->addr, &value);
	else
		r = find_prefix(datapath->map[SCHEMA_PREFIXES], &prefix, &value);
	if (!r)
		vip->value = value;
	return r;
}

int datapath_get_service(struct datapath *datapath, struct datapath_service *service)
{
	struct steer_service value;
	int r;

	r = bpf_map_lookup_elem(datapath->map[SCHEMA_SERVICES], &service->key, &value);
	if (!r)
		service->value = value;
	return r;
}

enum { SERVICES, PREFIXES, VIPS, CONTENTS };

/* The wanted contents of the maps, and their index. */
struct wanted {
	struct map_sync content[CONTENTS];
	struct service_index index;
};

static void wanted_release(struct wanted *wanted)
{
	for (size_t i = 0; i < CONTENTS; i++)
		map_sync_release(&wanted->content[i]);
	service_index_release(&wanted->index);
}

static int wanted_fill(struct wanted *ret_wanted, const struct datapath *datapath,
		       const struct datapath_vip *vips, size_t n_vips,
		       const struct datapath_service *services, size_t n_services)
{
	struct map_sync *content = ret_wanted->content;
	int r = service_index_fill(&ret_wanted->index, vips, n_vips, services, n_services);

	if (!r)
		r = map_sync_init(&content[SERVICES], datapath, SCHEMA_SERVICES, n_services);
	if (!r)
		r = map_sync_init(&content[PREFIXES], datapath, SCHEMA_PREFIXES, n_vips);
	if (!r)
		r = map_sync_init(&content[VIPS], datapath, SCHEMA_VIPS, n_vips);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n_services; i++)
		map_sync_add(&content[SERVICES], &services[i].key, &services[i].value);
	for (size_t i = 0; i < n_vips; i++) {
		struct steer_prefix_key prefix = { vips[i].prefix_bits, vips[i].addr };

		if (vips[i].prefix_bits >= 128)
			map_sync_add(&content[VIPS], &vips[i].addr, &vips[i].value);
		else
			map_sync_add(&content[PREFIXES], &prefix, &vips[i].value);
	}
	return 0;
}

static int wanted_write(const struct wanted *wanted, struct datapath *datapath,
			struct datapath_error *ret_error)
{
	const struct map_sync *content = wanted->content;
	size_t at;
	int r = 0;

	for (at = 0; at < CONTENTS && !(r = map_sync_make_room(&content[at])); at++)
		;
	if (!r)
		r = bloom_add_vips(datapath, &content[at = VIPS]);
	for (size_t i = 0; i < CONTENTS && !r; i++)
		r = map_sync_write(&content[at = i]);
	if (!r && (r = service_index_swap(datapath, &wanted->index)))
		return error_kernel(ret_error, r, "cannot write steer_index");
	for (size_t i = CONTENTS; i-- > 0 && !r;)
		r = map_sync_remove_stale(&content[at = i]);
	if (!r)
		r = bloom_set_vips(datapath, &content[VIPS]);
	if (r < 0)
		error_kernel(ret_error, r, "cannot write %s", schema_maps[content[at].map].name);
	return r;
}

int datapath_set_services(struct datapath *datapath, const struct datapath_vip *vips, size_t n_vips,
			  const struct datapath_service *services, size_t n_services,
			  struct datapath_error *ret_error)
{
	_cleanup_(wanted_release) struct wanted wanted = {};
	int r;

	error_collect();
	r = wanted_fill(&wanted, datapath, vips, n_vips, services, n_services);
	if (r < 0)
		return error_say(ret_error, r, "out of memory");
	for (size_t i = 0; i < CONTENTS && !r; i++)
		r = map_sync_check(&wanted.content[i], ret_error);
	if (r < 0)
		return r;
	r = service_index_prepare(datapath, &wanted.index);
	if (r < 0)
		return error_kernel(ret_error, r, "cannot create the index of services");
	return wanted_write(&wanted, datapath, ret_error);
}
