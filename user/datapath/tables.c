// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "datapath/inner_maps.h"

/**
 * DOC: forwarding tables: the inner maps of steer_tables, each swapped in by one write, and of
 * steer_formers, for tables whose rows have no room for all former owners.
 *
 * A new map is filled before packets can see it. The kernel frees the old one after the last packet
 * that looked it up. A table is never written again, so pools can share one.
 */

static __u32 *row_keys(void)
{
	__u32 *keys = malloc(STEER_TABLE_ROWS * sizeof(*keys));

	for (__u32 i = 0; keys && i < STEER_TABLE_ROWS; i++)
		keys[i] = i;
	return keys;
}

/* A new inner map with an element for each row, not yet in the outer one. */
static int fill(struct datapath *datapath, enum schema_map outer, const void *elements)
{
	_cleanup_(cleanup_free) __u32 *keys = row_keys();
	_cleanup_(cleanup_close) int fd = -1;
	__u32 count = STEER_TABLE_ROWS;
	int r;

	if (!keys)
		return -ENOMEM;
	fd = inner_maps_create(datapath, outer, STEER_TABLE_ROWS);
	if (fd < 0)
		return fd;
	r = bpf_map_update_batch(fd, keys, elements, &count, NULL);
	return r < 0 ? r : TAKE_FD(fd);
}

static int delete_former(struct datapath *datapath, uint16_t pool)
{
	int r = inner_maps_delete(datapath, SCHEMA_FORMER, pool);

	if (r == 0)
		datapath->has_former[pool] = false;
	return r;
}

int datapath_set_table(struct datapath *datapath, uint16_t pool, const struct steer_row *rows,
		       const struct steer_former *former)
{
	_cleanup_(cleanup_close) int rows_fd = -1, former_fd = -1;
	int r;

	if (pool >= STEER_MAX_POOLS)
		return -EINVAL;
	rows_fd = fill(datapath, SCHEMA_TABLES, rows);
	if (rows_fd < 0)
		return rows_fd;
	if (former) {
		former_fd = fill(datapath, SCHEMA_FORMER, former);
		if (former_fd < 0)
			return former_fd;
		r = inner_maps_put(datapath, SCHEMA_FORMER, pool, former_fd);
		if (r < 0)
			return r;
		datapath->has_former[pool] = true;
	}
	r = inner_maps_put(datapath, SCHEMA_TABLES, pool, rows_fd);
	if (r == 0 && !former && datapath->has_former[pool])
		r = delete_former(datapath, pool);
	return r;
}

int datapath_get_row(struct datapath *datapath, uint16_t pool, uint32_t index,
		     struct steer_row *ret_row, struct steer_former *ret_former)
{
	_cleanup_(cleanup_close) int fd = inner_maps_open(datapath, SCHEMA_TABLES, pool);
	_cleanup_(cleanup_close) int former_fd = inner_maps_open(datapath, SCHEMA_FORMER, pool);

	if (fd < 0)
		return fd;
	if (former_fd < 0 || bpf_map_lookup_elem(former_fd, &index, ret_former))
		memset(ret_former, 0, sizeof(*ret_former));
	return bpf_map_lookup_elem(fd, &index, ret_row);
}

/* All elements of a pool's inner map. */
static int read_all(struct datapath *datapath, enum schema_map outer, uint16_t pool,
		    size_t element_bytes, void *ret_elements)
{
	/* Zeroed for valgrind, which does not know that the kernel writes a batch here. */
	_cleanup_(cleanup_free) __u32 *keys = calloc(STEER_TABLE_ROWS, sizeof(*keys));
	_cleanup_(cleanup_free) void *elements = calloc(STEER_TABLE_ROWS, element_bytes);
	_cleanup_(cleanup_close) int fd = -1;
	__u32 count = STEER_TABLE_ROWS;
	__u32 position;
	int r;

	fd = inner_maps_open(datapath, outer, pool);
	if (fd < 0)
		return fd == -EPERM ? -ENOENT : fd;
	if (!keys || !elements)
		return -ENOMEM;
	r = bpf_map_lookup_batch(fd, NULL, &position, keys, elements, &count, NULL);
	if (r && r != -ENOENT) /* -ENOENT: this was the last batch */
		return r;
	if (count != STEER_TABLE_ROWS)
		return -EPROTO;
	memcpy(ret_elements, elements, STEER_TABLE_ROWS * element_bytes);
	return 0;
}

int datapath_get_table(struct datapath *datapath, uint16_t pool, struct steer_row *ret_rows,
		       struct steer_former *ret_former)
{
	int r;

	if (pool >= STEER_MAX_POOLS)
		return -EINVAL;
	r = read_all(datapath, SCHEMA_TABLES, pool, sizeof(*ret_rows), ret_rows);
	if (r < 0 || !ret_former)
		return r;
	memset(ret_former, 0, STEER_TABLE_ROWS * sizeof(*ret_former));
	if (!datapath->has_former[pool])
		return 0;
	r = read_all(datapath, SCHEMA_FORMER, pool, sizeof(*ret_former), ret_former);
	return r == -ENOENT ? 0 : r;
}

int datapath_delete_table(struct datapath *datapath, uint16_t pool)
{
	int r;

	if (pool >= STEER_MAX_POOLS)
		return -EINVAL;
	r = inner_maps_delete(datapath, SCHEMA_TABLES, pool);
	return r ?: delete_former(datapath, pool);
}

/* Those of some pools whose inner map is not the one with this id, as far as is known. */
static __u32 *others(struct datapath *datapath, enum schema_map outer, __u32 id,
		     const uint16_t *pools, size_t n, __u32 *ret_n)
{
	__u32 *keys = calloc(n + 1, sizeof(*keys));

	*ret_n = 0;
	for (size_t i = 0; keys && i < n; i++)
		if (!id || inner_maps_id_kept(datapath, outer, pools[i]) != id)
			keys[(*ret_n)++] = pools[i];
	return keys;
}

static int share(struct datapath *datapath, enum schema_map outer, uint16_t from,
		 const uint16_t *pools, size_t n)
{
	_cleanup_(cleanup_free) __u32 *keys = NULL;
	_cleanup_(cleanup_close) int fd = -1;
	__u32 n_keys;

	keys = others(datapath, outer, inner_maps_id_kept(datapath, outer, from), pools, n,
		      &n_keys);
	if (!keys)
		return -ENOMEM;
	if (!n_keys)
		return 0;
	fd = inner_maps_open(datapath, outer, from);
	if (fd < 0)
		return fd;
	return inner_maps_put_all(datapath, outer, keys, n_keys, fd);
}

static int share_former(struct datapath *datapath, uint16_t from, const uint16_t *pools, size_t n)
{
	int r = 0;

	if (datapath->has_former[from])
		r = share(datapath, SCHEMA_FORMER, from, pools, n);
	for (size_t i = 0; i < n && r == 0; i++) {
		if (datapath->has_former[from])
			datapath->has_former[pools[i]] = true;
		else if (datapath->has_former[pools[i]])
			r = delete_former(datapath, pools[i]);
	}
	return r;
}

int datapath_share_table(struct datapath *datapath, uint16_t from, const uint16_t *pools, size_t n)
{
	int r;

	if (from >= STEER_MAX_POOLS)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (pools[i] >= STEER_MAX_POOLS)
			return -EINVAL;
	r = share(datapath, SCHEMA_TABLES, from, pools, n);
	return r ?: share_former(datapath, from, pools, n);
}

uint32_t datapath_get_table_id(struct datapath *datapath, uint16_t pool)
{
	return inner_maps_id(datapath, SCHEMA_TABLES, pool);
}

int datapath_pin_table(struct datapath *datapath, uint16_t pool)
{
	int r = inner_maps_pin(datapath, SCHEMA_TABLES, pool);

	if (r == 0 && inner_maps_pin(datapath, SCHEMA_FORMER, pool) == 0)
		datapath->has_former[pool] = true;
	return r;
}
