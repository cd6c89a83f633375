// SPDX-License-Identifier: GPL-2.0
#include "datapath/map_sync.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "datapath/error.h"

#define KEY_BYTES_MAX sizeof(struct steer_prefix_key)
#define VALUE_BYTES_MAX sizeof(struct steer_service)

void map_sync_release(struct map_sync *content)
{
	free(content->entries);
}

int map_sync_init(struct map_sync *content, const struct datapath *datapath, enum schema_map map,
		  size_t n_max)
{
	const struct schema_map_spec *spec = &schema_maps[map];

	*content = (struct map_sync){
		.map = map,
		.fd = datapath->map[map],
		.key_bytes = spec->key_bytes,
		.value_bytes = spec->value_bytes,
		.entry_bytes = spec->key_bytes + spec->value_bytes,
	};
	content->entries = calloc(n_max + 1, content->entry_bytes);
	return content->entries ? 0 : -ENOMEM;
}

void map_sync_add(struct map_sync *content, const void *key, const void *value)
{
	unsigned char *entry = content->entries + content->n++ * content->entry_bytes;

	memcpy(entry, key, content->key_bytes);
	memcpy(entry + content->key_bytes, value, content->value_bytes);
}

static int compare_keys(const void *a, const void *b, void *key_bytes)
{
	return memcmp(a, b, *(size_t *)key_bytes);
}

int map_sync_check(struct map_sync *content, struct datapath_error *ret_error)
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

static bool has_key(const struct map_sync *content, const void *key)
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
 * Find the keys of the map that are not wanted. If a key were deleted meanwhile, the walk would
 * restart from the front; but only this process writes.
 */
static int find_stale_keys(const struct map_sync *content, unsigned char **ret_keys, size_t *ret_n)
{
	size_t n_max = schema_maps[content->map].max_entries;
	_cleanup_(cleanup_free) unsigned char *keys = calloc(n_max, content->key_bytes);
	unsigned char key[KEY_BYTES_MAX];
	void *previous = NULL;
	size_t n = 0;
	int r;

	if (!keys)
		return -ENOMEM;
	while (!(r = bpf_map_get_next_key(content->fd, previous, key)) && n < n_max) {
		previous = key;
		if (!has_key(content, key))
			memcpy(keys + n++ * content->key_bytes, key, content->key_bytes);
	}
	if (r && r != -ENOENT)
		return r;
	*ret_keys = TAKE_PTR(keys);
	*ret_n = n;
	return 0;
}

int map_sync_remove_stale(const struct map_sync *content)
{
	_cleanup_(cleanup_free) unsigned char *keys = NULL;
	size_t n;
	int r;

	r = find_stale_keys(content, &keys, &n);
	for (size_t i = 0; i < n && !r; i++)
		r = bpf_map_delete_elem(content->fd, keys + i * content->key_bytes);
	return r;
}

/*
 * An entry that is there already is not written again: these maps reuse the memory of a replaced
 * element at once, perhaps while a packet reads it.
 */
int map_sync_write(const struct map_sync *content)
{
	for (size_t i = 0; i < content->n; i++) {
		const unsigned char *key = content->entries + i * content->entry_bytes;
		const unsigned char *value = key + content->key_bytes;
		unsigned char now[VALUE_BYTES_MAX];
		int r;

		if (!bpf_map_lookup_elem(content->fd, key, now) &&
		    !memcmp(now, value, content->value_bytes))
			continue;
		r = bpf_map_update_elem(content->fd, key, value, BPF_ANY);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Delete stale entries first if old and new entries do not fit together. */
int map_sync_make_room(const struct map_sync *content)
{
	_cleanup_(cleanup_free) unsigned char *keys = NULL;
	size_t n;
	int r;

	r = find_stale_keys(content, &keys, &n);
	if (r || n + content->n <= schema_maps[content->map].max_entries)
		return r;
	return map_sync_remove_stale(content);
}
