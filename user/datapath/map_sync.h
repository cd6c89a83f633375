/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_MAP_SYNC_H
#define STEER_DATAPATH_MAP_SYNC_H

#include "datapath/handle.h"

/**
 * DOC: the wanted content of a map, and what it takes to get there while packets use the map.
 *
 * In three steps, so that a caller with several maps can choose the order: map_sync_make_room()
 * only if old and new entries do not fit side by side, map_sync_write(), map_sync_remove_stale().
 */
struct map_sync {
	enum schema_map map;
	int fd;
	size_t key_bytes, value_bytes, entry_bytes;
	size_t n;
	unsigned char *entries; /* of key and value; sorted by key once checked */
};

/* Empty, with room for @n_max entries. Return: 0, -ENOMEM. */
int map_sync_init(struct map_sync *ret_content, const struct datapath *datapath,
		  enum schema_map map, size_t n_max);
void map_sync_release(struct map_sync *content);

void map_sync_add(struct map_sync *content, const void *key, const void *value);

/* Return: 0; -EEXIST for a key twice, -ENOSPC for more than the map takes. */
int map_sync_check(struct map_sync *content, struct datapath_error *ret_error);

int map_sync_make_room(const struct map_sync *content);
int map_sync_write(const struct map_sync *content);
int map_sync_remove_stale(const struct map_sync *content);

#endif
