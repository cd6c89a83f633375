// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "cleanup.h"
#include "datapath/handle.h"

/**
 * DOC: forwarding tables: filled aside, swapped in by one update of the outer map.
 */

static uint32_t *tables_all_keys(void)
{
	uint32_t *keys = malloc(STEER_TABLE_ROWS * sizeof(*keys));

	for (uint32_t i = 0; keys && i < STEER_TABLE_ROWS; i++)
		keys[i] = i;
	return keys;
}

static int tables_fill(int fd, const struct steer_row *rows)
{
	_cleanup_(cleanup_free) uint32_t *keys = tables_all_keys();
	LIBBPF_OPTS(bpf_map_batch_opts, options);
	__u32 count = STEER_TABLE_ROWS;

	if (!keys)
		return -ENOMEM;
	return bpf_map_update_batch(fd, keys, rows, &count, &options);
}

int datapath_set_table(struct datapath *d, uint16_t pool, const struct steer_row *rows)
{
	_cleanup_(cleanup_close) int fd = -1;
	uint32_t index = pool;
	int r;

	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "steer_table", sizeof(uint32_t), sizeof(*rows),
			    STEER_TABLE_ROWS, NULL);
	if (fd < 0)
		return fd;
	r = tables_fill(fd, rows);
	if (r < 0)
		return r;
	return bpf_map_update_elem(d->map[SCHEMA_TABLES], &index, &fd, BPF_ANY);
}

int datapath_get_table(struct datapath *d, uint16_t pool, struct steer_row *ret_rows)
{
	_cleanup_(cleanup_free) uint32_t *keys = NULL;
	_cleanup_(cleanup_free) struct steer_row *rows = NULL;
	_cleanup_(cleanup_close) int fd = -1;
	LIBBPF_OPTS(bpf_map_batch_opts, options);
	__u32 index = pool, id, position = 0, count = STEER_TABLE_ROWS;
	int r;

	r = bpf_map_lookup_elem(d->map[SCHEMA_TABLES], &index, &id);
	if (r < 0)
		return r;
	fd = bpf_map_get_fd_by_id(id);
	if (fd < 0)
		return fd;
	keys = malloc(STEER_TABLE_ROWS * sizeof(*keys));
	rows = malloc(STEER_TABLE_ROWS * sizeof(*rows));
	if (!keys || !rows)
		return -ENOMEM;
	r = bpf_map_lookup_batch(fd, NULL, &position, keys, rows, &count, &options);
	if (r < 0 && r != -ENOENT)
		return r;
	if (count != STEER_TABLE_ROWS)
		return -EPROTO;
	memcpy(ret_rows, rows, STEER_TABLE_ROWS * sizeof(*rows));
	return 0;
}

int datapath_delete_table(struct datapath *d, uint16_t pool)
{
	uint32_t index = pool;
	int r = bpf_map_delete_elem(d->map[SCHEMA_TABLES], &index);

	return r == -ENOENT ? 0 : r;
}
