// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "datapath/error.h"
#include "datapath/handle.h"

/**
 * DOC: what clients may address: VIPs and services, changed so that what stays is never missing.
 *
 * VIPs are added before the services keyed by them, and removed after.
 */

int datapath_get_vip(struct datapath *d, struct datapath_vip *vip)
{
	struct steer_prefix_key prefix = { .prefix_bits = vip->prefix_bits, .addr = vip->addr };
	struct steer_vip value;
	int r;

	if (vip->prefix_bits == 128) {
		r = bpf_map_lookup_elem(d->map[SCHEMA_VIPS], &vip->addr, &value);
	} else {
		/* A lookup finds the longest prefix, which may be a shorter one than asked for. */
		struct steer_prefix_key next;

		r = bpf_map_get_next_key(d->map[SCHEMA_PREFIXES], NULL, &next);
		while (r == 0 && memcmp(&next, &prefix, sizeof(next)) != 0)
			r = bpf_map_get_next_key(d->map[SCHEMA_PREFIXES], &next, &next);
		if (r == 0)
			r = bpf_map_lookup_elem(d->map[SCHEMA_PREFIXES], &prefix, &value);
	}
	if (r == 0)
		vip->value = value;
	return r;
}

int datapath_get_service(struct datapath *d, struct datapath_service *service)
{
	struct steer_service value;
	int r = bpf_map_lookup_elem(d->map[SCHEMA_SERVICES], &service->key, &value);

	if (r == 0)
		service->value = value;
	return r;
}

static int services_check_room(size_t n, enum schema_map map, const char *what,
			       struct datapath_error *ret_error)
{
	if (n <= schema_maps[map].max_entries)
		return 0;
	return error_say(ret_error, -ENOSPC,
			 "%s: %zu %s do not fit, its size is %u; configure fewer",
			 schema_maps[map].name, n, what, schema_maps[map].max_entries);
}

static int services_put_vip(struct datapath *d, const struct datapath_vip *vip)
{
	struct steer_prefix_key prefix = { .prefix_bits = vip->prefix_bits, .addr = vip->addr };

	if (vip->prefix_bits == 128)
		return bpf_map_update_elem(d->map[SCHEMA_VIPS], &vip->addr, &vip->value, BPF_ANY);
	return bpf_map_update_elem(d->map[SCHEMA_PREFIXES], &prefix, &vip->value, BPF_ANY);
}

/* Every key of a hash map or trie, at most max_entries. */
static int services_keys(int fd, enum schema_map map, void **ret_keys, size_t *ret_n)
{
	size_t bytes = schema_maps[map].key_bytes, n = 0;
	_cleanup_(cleanup_free) char *keys = calloc(schema_maps[map].max_entries, bytes);

	if (!keys)
		return -ENOMEM;
	while (n < schema_maps[map].max_entries &&
	       bpf_map_get_next_key(fd, n ? keys + (n - 1) * bytes : NULL, keys + n * bytes) == 0)
		n++;
	*ret_keys = TAKE_PTR(keys);
	*ret_n = n;
	return 0;
}

typedef bool (*services_wanted_fn)(const void *key, const void *list, size_t n);

static bool services_want_vip(const void *key, const void *list, size_t n)
{
	const struct datapath_vip *vip = list;

	for (size_t i = 0; i < n; i++)
		if (vip[i].prefix_bits == 128 && !memcmp(key, &vip[i].addr, sizeof(vip[i].addr)))
			return true;
	return false;
}

static bool services_want_prefix(const void *key, const void *list, size_t n)
{
	const struct steer_prefix_key *prefix = key;
	const struct datapath_vip *vip = list;

	for (size_t i = 0; i < n; i++)
		if (vip[i].prefix_bits != 128 && vip[i].prefix_bits == prefix->prefix_bits &&
		    !memcmp(&prefix->addr, &vip[i].addr, sizeof(vip[i].addr)))
			return true;
	return false;
}

static bool services_want_service(const void *key, const void *list, size_t n)
{
	const struct datapath_service *service = list;

	for (size_t i = 0; i < n; i++)
		if (!memcmp(key, &service[i].key, sizeof(service[i].key)))
			return true;
	return false;
}

static int services_remove(struct datapath *d, enum schema_map map, services_wanted_fn wanted,
			   const void *list, size_t n)
{
	_cleanup_(cleanup_free) void *keys = NULL;
	size_t n_keys;
	int r = services_keys(d->map[map], map, &keys, &n_keys);

	for (size_t i = 0; r == 0 && i < n_keys; i++) {
		const void *key = (char *)keys + i * schema_maps[map].key_bytes;

		if (wanted(key, list, n))
			continue;
		r = bpf_map_delete_elem(d->map[map], key);
		if (r == -ENOENT)
			r = 0;
	}
	return r;
}

static int services_add(struct datapath *d, const struct datapath_vip *vips, size_t n_vips,
			const struct datapath_service *services, size_t n_services,
			struct datapath_error *ret_error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n_vips; i++)
		r = services_put_vip(d, &vips[i]);
	if (r < 0)
		return error_kernel(ret_error, r, "steer_vips: cannot be written");
	for (size_t i = 0; r == 0 && i < n_services; i++)
		r = bpf_map_update_elem(d->map[SCHEMA_SERVICES], &services[i].key,
					&services[i].value, BPF_ANY);
	if (r < 0)
		return error_kernel(ret_error, r, "steer_services: cannot be written");
	return 0;
}

int datapath_set_services(struct datapath *d, const struct datapath_vip *vips, size_t n_vips,
			  const struct datapath_service *services, size_t n_services,
			  struct datapath_error *ret_error)
{
	int r;

	error_collect();
	r = services_check_room(n_vips, SCHEMA_VIPS, "virtual addresses", ret_error);
	if (r == 0)
		r = services_check_room(n_services, SCHEMA_SERVICES, "services", ret_error);
	if (r < 0)
		return r;
	r = services_add(d, vips, n_vips, services, n_services, ret_error);
	if (r == -E2BIG || r == -ENOSPC) {
		/* Old and new together do not fit, though the new alone do: make room first. */
		services_remove(d, SCHEMA_SERVICES, services_want_service, services, n_services);
		services_remove(d, SCHEMA_VIPS, services_want_vip, vips, n_vips);
		services_remove(d, SCHEMA_PREFIXES, services_want_prefix, vips, n_vips);
		r = services_add(d, vips, n_vips, services, n_services, ret_error);
	}
	if (r < 0)
		return r;
	r = services_remove(d, SCHEMA_SERVICES, services_want_service, services, n_services);
	if (r == 0)
		r = services_remove(d, SCHEMA_VIPS, services_want_vip, vips, n_vips);
	if (r == 0)
		r = services_remove(d, SCHEMA_PREFIXES, services_want_prefix, vips, n_vips);
	if (r < 0)
		return error_kernel(ret_error, r, "steer_services: old entries cannot be removed");
	return 0;
}
