// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "datapath/inner_maps.h"

/**
 * DOC: forwarding tables: each a map of its own, swapped into steer_tables by one write.
 *
 * The new map is filled before any packet can see it. The old one is freed by the kernel when the
 * last packet that has looked it up is through. Pools may share one, as none is written again.
 */

static __u32 *row_keys(void)
{
	__u32 *keys = malloc(STEER_TABLE_ROWS * sizeof(*keys));

	for (__u32 i = 0; keys && i < STEER_TABLE_ROWS; i++)
		keys[i] = i;
	return keys;
}

int datapath_set_table(struct datapath *datapath, uint16_t pool, const struct steer_row *rows)
{
	_cleanup_(cleanup_free) __u32 *keys = row_keys();
	_cleanup_(cleanup_close) int fd = -1;
	__u32 count = STEER_TABLE_ROWS;
	int error;

	if (pool >= STEER_MAX_POOLS)
		return -EINVAL;
	if (!keys)
		return -ENOMEM;
	fd = inner_maps_create(datapath, SCHEMA_TABLES, STEER_TABLE_ROWS);
	if (fd < 0)
		return fd;
	error = bpf_map_update_batch(fd, keys, rows, &count, NULL);
	if (error)
		return error;
	return inner_maps_put(datapath, SCHEMA_TABLES, pool, fd);
}

int datapath_get_row(struct datapath *datapath, uint16_t pool, uint32_t index,
		     struct steer_row *ret_row)
{
	_cleanup_(cleanup_close) int fd = inner_maps_open(datapath, SCHEMA_TABLES, pool);

	if (fd < 0)
		return fd;
	return bpf_map_lookup_elem(fd, &index, ret_row);
}

int datapath_get_table(struct datapath *datapath, uint16_t pool, struct steer_row *ret_rows)
{
	_cleanup_(cleanup_free) struct steer_row *rows = NULL;
	_cleanup_(cleanup_free) __u32 *keys = NULL;
	_cleanup_(cleanup_close) int fd = -1;
	__u32 count = STEER_TABLE_ROWS;
	__u32 position;
	int error;

	if (pool >= STEER_MAX_POOLS)
		return -EINVAL;
	fd = inner_maps_open(datapath, SCHEMA_TABLES, pool);
	if (fd < 0)
		return fd == -EPERM ? -ENOENT : fd;
	/* Zeroed for valgrind, which does not know that a batch is written here. */
	keys = calloc(STEER_TABLE_ROWS, sizeof(*keys));
	rows = calloc(STEER_TABLE_ROWS, sizeof(*rows));
	if (!keys || !rows)
		return -ENOMEM;
	error = bpf_map_lookup_batch(fd, NULL, &position, keys, rows, &count, NULL);
	if (error && error != -ENOENT) /* which is how it says that this was all */
		return error;
	if (count != STEER_TABLE_ROWS)
		return -EPROTO;
	memcpy(ret_rows, rows, STEER_TABLE_ROWS * sizeof(*rows));
	return 0;
}

int datapath_delete_table(struct datapath *datapath, uint16_t pool)
{
	if (pool >= STEER_MAX_POOLS)
		return -EINVAL;
	return inner_maps_delete(datapath, SCHEMA_TABLES, pool);
}

int datapath_share_table(struct datapath *datapath, uint16_t from, const uint16_t *pools, size_t n)
{
	_cleanup_(cleanup_free) __u32 *keys = calloc(n + 1, sizeof(*keys));
	_cleanup_(cleanup_close) int fd = -1;
	__u32 id, n_keys = 0;
	size_t i;

	if (!keys)
		return -ENOMEM;
	if (from >= STEER_MAX_POOLS)
		return -EINVAL;
	id = inner_maps_id_kept(datapath, SCHEMA_TABLES, from);
	for (i = 0; i < n; i++) {
		if (pools[i] >= STEER_MAX_POOLS)
			return -EINVAL;
		if (!id || inner_maps_id_kept(datapath, SCHEMA_TABLES, pools[i]) != id)
			keys[n_keys++] = pools[i];
	}
	if (!n_keys)
		return 0;
	fd = inner_maps_open(datapath, SCHEMA_TABLES, from);
	if (fd < 0)
		return fd;
	return inner_maps_put_all(datapath, SCHEMA_TABLES, keys, n_keys, fd);
}

uint32_t datapath_get_table_id(struct datapath *datapath, uint16_t pool)
{
	return inner_maps_id(datapath, SCHEMA_TABLES, pool);
}

int datapath_pin_table(struct datapath *datapath, uint16_t pool)
{
	return inner_maps_pin(datapath, SCHEMA_TABLES, pool);
}
