// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "datapath/inner_maps.h"

/**
 * DOC: forwarding tables: the inner maps of steer_tables, each swapped in by one write.
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

int datapath_set_table(struct datapath *datapath, uint16_t pool, const struct steer_row *rows)
{
	_cleanup_(cleanup_free) __u32 *keys = row_keys();
	_cleanup_(cleanup_close) int fd = -1;
	__u32 count = STEER_TABLE_ROWS;
	int r;

	if (pool >= STEER_MAX_POOLS)
		return -EINVAL;
	if (!keys)
		return -ENOMEM;
	fd = inner_maps_create(datapath, SCHEMA_TABLES, STEER_TABLE_ROWS);
	if (fd < 0)
		return fd;
	r = bpf_map_update_batch(fd, keys, rows, &count, NULL);
	if (r < 0)
		return r;
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
	int r;

	if (pool >= STEER_MAX_POOLS)
		return -EINVAL;
	fd = inner_maps_open(datapath, SCHEMA_TABLES, pool);
	if (fd < 0)
		return fd == -EPERM ? -ENOENT : fd;
	/* Zeroed for valgrind, which does not know that the kernel writes a batch here. */
	keys = calloc(STEER_TABLE_ROWS, sizeof(*keys));
	rows = calloc(STEER_TABLE_ROWS, sizeof(*rows));
	if (!keys || !rows)
		return -ENOMEM;
	r = bpf_map_lookup_batch(fd, NULL, &position, keys, rows, &count, NULL);
	if (r && r != -ENOENT) /* -ENOENT: this was the last batch */
		return r;
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

	if (!keys)
		return -ENOMEM;
	if (from >= STEER_MAX_POOLS)
		return -EINVAL;
	id = inner_maps_id_kept(datapath, SCHEMA_TABLES, from);
	for (size_t i = 0; i < n; i++) {
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
