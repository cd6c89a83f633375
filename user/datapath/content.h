/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_CONTENT_H
#define STEER_DATAPATH_CONTENT_H

#include "datapath/handle.h"

/**
 * DOC: the wanted content of a map, and what it takes to get there while packets use the map.
 *
 * In three steps, so that a caller with several maps can choose the order: content_make_room() only
 * if old and new entries do not fit side by side, content_write(), content_remove_stale().
 */
struct content {
	enum schema_map map;
	int fd;
	size_t key_bytes, value_bytes, entry_bytes;
	size_t n;
	unsigned char *entries; /* of key and value; sorted by key once checked */
};

/* Empty, with room for @n_max entries. Return: 0, -ENOMEM. */
int content_init(struct content *ret_content, const struct datapath *datapath, enum schema_map map,
		 size_t n_max);
void content_release(struct content *content);

void content_add(struct content *content, const void *key, const void *value);

/* Return: 0; -EEXIST for a key twice, -ENOSPC for more than the map takes. */
int content_check(struct content *content, struct datapath_error *ret_error);

int content_make_room(const struct content *content);
int content_write(const struct content *content);
int content_remove_stale(const struct content *content);

#endif
