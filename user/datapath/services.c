// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "datapath/error.h"
#include "datapath/handle.h"

/**
 * DOC: what clients may address: three maps brought to a wanted content while packets use them.
 *
 * Services are added before the VIPs that lead to them and removed after, so a packet finds a
 * service complete or not at all.
 */

#define KEY_BYTES_MAX sizeof(struct steer_prefix_key)
#define VALUE_BYTES_MAX sizeof(struct steer_service)

/* The wanted content of one map: entries of key and value, sorted by key. */
struct content {
	enum schema_map map;
	int fd;
	size_t key_bytes, value_bytes, entry_bytes;
	size_t n;
	unsigned char *entries;
};

static void content_release(struct content *content)
{
	free(content->entries);
}

static int content_init(struct content *content, const struct datapath *datapath,
			enum schema_map map, size_t n_max)
{
	const struct schema_map_spec *spec = &schema_maps[map];

	*content = (struct content){
		.map = map,
		.fd = datapath->map[map],
		.key_bytes = spec->key_bytes,
		.value_bytes = spec->value_bytes,
		.entry_bytes = spec->key_bytes + spec->value_bytes,
	};
	content->entries = calloc(n_max + 1, content->entry_bytes);
	return content->entries ? 0 : -ENOMEM;
}

static void content_add(struct content *content, const void *key, const void *value)
{
	unsigned char *entry = content->entries + content->n++ * content->entry_bytes;

	memcpy(entry, key, content->key_bytes);
	memcpy(entry + content->key_bytes, value, content->value_bytes);
}

static int compare_keys(const void *a, const void *b, void *key_bytes)
{
	return memcmp(a, b, *(size_t *)key_bytes);
}

/* Sorts; -EEXIST for a key twice, -ENOSPC for more than the map takes. */
static int content_check(struct content *content, struct datapath_error *ret_error)
{
	const struct schema_map_spec *spec = &schema_maps[content->map];

	if (content->n > spec->max_entries)
		return error_say(ret_error, -ENOSPC, "%s takes %u entries, %zu are wanted",
				 spec->name, spec->max_entries, content->n);
	qsort_r(content->entries, content->n, content->entry_bytes, compare_keys,
		&content->key_bytes);
	for (size_t i = 1; i < content->n; i++) {
		const unsigned char *entry = content->entries + i * content->entry_bytes;

		if (!memcmp(entry - content->entry_bytes, entry, content->key_bytes))
			return error_say(ret_error, -EEXIST, "two entries of %s have the same key",
					 spec->name);
	}
	return 0;
}

static bool content_has(const struct content *content, const void *key)
{
	size_t low = 0, high = content->n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = memcmp(key, content->entries + middle * content->entry_bytes,
				   content->key_bytes);

		if (!order)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

/*
 * The keys the map has and should not have. The walk starts again from the front when its key is
 * gone, but nobody else writes.
 */
static int content_stale(const struct content *content, unsigned char **ret_keys, size_t *ret_n)
{
	size_t n_max = schema_maps[content->map].max_entries;
	_cleanup_(cleanup_free) unsigned char *keys = calloc(n_max, content->key_bytes);
	unsigned char key[KEY_BYTES_MAX];
	void *previous = NULL;
	size_t n = 0;
	int error;

	if (!keys)
		return -ENOMEM;
	while (!(error = bpf_map_get_next_key(content->fd, previous, key)) && n < n_max) {
		previous = key;
		if (!content_has(content, key))
			memcpy(keys + n++ * content->key_bytes, key, content->key_bytes);
	}
	if (error && error != -ENOENT)
		return error;
	*ret_keys = TAKE_PTR(keys);
	*ret_n = n;
	return 0;
}

static int content_remove_stale(const struct content *content)
{
	_cleanup_(cleanup_free) unsigned char *keys = NULL;
	size_t n;
	int error;

	error = content_stale(content, &keys, &n);
	for (size_t i = 0; i < n && !error; i++)
		error = bpf_map_delete_elem(content->fd, keys + i * content->key_bytes);
	return error;
}

/*
 * What is there already is not written: these maps reuse an element's memory at once, perhaps while
 * a packet reads it.
 */
static int content_write(const struct content *content)
{
	for (size_t i = 0; i < content->n; i++) {
		const unsigned char *key = content->entries + i * content->entry_bytes;
		const unsigned char *value = key + content->key_bytes;
		unsigned char now[VALUE_BYTES_MAX];
		int error;

		if (!bpf_map_lookup_elem(content->fd, key, now) &&
		    !memcmp(now, value, content->value_bytes))
			continue;
		error = bpf_map_update_elem(content->fd, key, value, BPF_ANY);
		if (error)
			return error;
	}
	return 0;
}

/* Old and new entries have to fit side by side, or the old ones go first. */
static int content_make_room(const struct content *content)
{
	_cleanup_(cleanup_free) unsigned char *keys = NULL;
	size_t n;
	int error;

	error = content_stale(content, &keys, &n);
	if (error || n + content->n <= schema_maps[content->map].max_entries)
		return error;
	return content_remove_stale(content);
}

/* A lookup finds the longest prefix, which may be a shorter one than asked for: walk first. */
static int find_prefix(int fd, const struct steer_prefix_key *prefix, struct steer_vip *ret_value)
{
	struct steer_prefix_key key;
	void *previous = NULL;
	int error;

	while (!(error = bpf_map_get_next_key(fd, previous, &key))) {
		if (!memcmp(&key, prefix, sizeof(key)))
			return bpf_map_lookup_elem(fd, prefix, ret_value);
		previous = &key;
	}
	return error;
}

int datapath_get_vip(struct datapath *datapath, struct datapath_vip *vip)
{
	struct steer_prefix_key prefix = { vip->prefix_bits, vip->addr };
	struct steer_vip value;
	int error;

	if (vip->prefix_bits >= 128)
		error = bpf_map_lookup_elem(datapath->map[SCHEMA_VIPS], &vip->addr, &value);
	else
		error = find_prefix(datapath->map[SCHEMA_PREFIXES], &prefix, &value);
	if (!error)
		vip->value = value;
	return error;
}

int datapath_get_service(struct datapath *datapath, struct datapath_service *service)
{
	struct steer_service value;
	int error;

	error = bpf_map_lookup_elem(datapath->map[SCHEMA_SERVICES], &service->key, &value);
	if (!error)
		service->value = value;
	return error;
}

int datapath_set_services(struct datapath *datapath, const struct datapath_vip *vips, size_t n_vips,
			  const struct datapath_service *services, size_t n_services,
			  struct datapath_error *ret_error)
{
	enum { SERVICES, PREFIXES, VIPS, CONTENTS };
	struct content content[CONTENTS] = {};
	size_t at = 0;
	int error;

	error_collect();
	error = content_init(&content[SERVICES], datapath, SCHEMA_SERVICES, n_services);
	if (!error)
		error = content_init(&content[PREFIXES], datapath, SCHEMA_PREFIXES, n_vips);
	if (!error)
		error = content_init(&content[VIPS], datapath, SCHEMA_VIPS, n_vips);
	if (error) {
		error_say(ret_error, error, "out of memory");
		goto out;
	}
	for (size_t i = 0; i < n_services; i++)
		content_add(&content[SERVICES], &services[i].key, &services[i].value);
	for (size_t i = 0; i < n_vips; i++) {
		struct steer_prefix_key prefix = { vips[i].prefix_bits, vips[i].addr };

		if (vips[i].prefix_bits >= 128)
			content_add(&content[VIPS], &vips[i].addr, &vips[i].value);
		else
			content_add(&content[PREFIXES], &prefix, &vips[i].value);
	}
	for (size_t i = 0; i < CONTENTS && !error; i++)
		error = content_check(&content[i], ret_error);
	if (error)
		goto out;
	for (at = 0; at < CONTENTS && !(error = content_make_room(&content[at])); at++)
		;
	for (size_t i = 0; i < CONTENTS && !error; i++)
		error = content_write(&content[at = i]);
	for (size_t i = CONTENTS; i-- > 0 && !error;)
		error = content_remove_stale(&content[at = i]);
	if (error)
		error_kernel(ret_error, error, "cannot write %s",
			     schema_maps[content[at].map].name);
out:
	for (size_t i = 0; i < CONTENTS; i++)
		content_release(&content[i]);
	return error;
}
