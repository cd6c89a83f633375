/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_MAP_SYNC_H
#define STEER_DATAPATH_MAP_SYNC_H

#include "datapath/handle.h"

/**
 * DOC: brings a map to a wanted content while packets use it.
 *
 * There are three steps, so that a caller with several maps can choose their order:
 * map_sync_make_room() deletes stale entries first if old and new ones do not fit together;
 * map_sync_write() adds and changes entries; map_sync_remove_stale() deletes the others. All
 * functions return 0 or a negative errno.
 */
struct map_sync {
	enum schema_map map;
	int fd;
	size_t key_bytes, value_bytes, entry_bytes;
	size_t n;
	unsigned char *entries; /* key and value of each; sorted by key in map_sync_check() */
};

/* Begin with an empty content and room for @n_max entries. Return: 0, -ENOMEM. */
int map_sync_init(struct map_sync *ret_content, const struct datapath *datapath,
		  enum schema_map map, size_t n_max);
void map_sync_release(struct map_sync *content);

void map_sync_add(struct map_sync *content, const void *key, const void *value);

/* Sort and check. Return: 0; -EEXIST for a duplicate key; -ENOSPC if it exceeds the map's size. */
int map_sync_check(struct map_sync *content, struct datapath_error *ret_error);

int map_sync_make_room(const struct map_sync *content);
int map_sync_write(const struct map_sync *content);
int map_sync_remove_stale(const struct map_sync *content);

#endif
