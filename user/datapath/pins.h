/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_PINS_H
#define STEER_DATAPATH_PINS_H

#include "datapath/datapath.h"
#include "datapath/schema.h"

#define PINS_PATH_MAX 256
#define PINS_NAME_MAX 40

/**
 * DOC: the pins of the maps on a bpffs. Functions return 0 or a negative errno, and most of them
 * describe the failure in a struct datapath_error.
 */

/* The directory of pins; set by pins_init(), released by pins_release(). */
struct pins {
	char root[PINS_PATH_MAX];
	char directory[PINS_PATH_MAX + 16]; /* <root>/v<STEER_SCHEMA> */
	size_t made_from; /* length of the shortest path that pins_prepare() created; 0: none */
	int lock_fd;	  /* -1: not locked */
};

int pins_init(struct pins *ret_pins, const struct datapath_options *options,
	      struct datapath_error *ret_error);

/* Release the lock. The pins stay. */
void pins_release(struct pins *pins);

/**
 * pins_prepare - create the directories.
 *
 * Return: 0; -EPROTO if there are pins of another schema; -EINVAL if the root is not on a bpffs;
 * another negative errno.
 */
int pins_prepare(struct pins *pins, struct datapath_error *ret_error);

/* Remove the directories that pins_prepare() created, as far as they are empty. */
void pins_undo(struct pins *pins);

/*
 * Lock the root until pins_release() or the end of the process. Return: 0; -EBUSY if another
 * process has the lock; another negative errno.
 */
int pins_lock(struct pins *pins, struct datapath_error *ret_error);

/**
 * pins_open - open the pinned maps.
 * @flags: BPF_F_RDONLY or 0
 * @ret_fds: file descriptors, -1 for maps that are not pinned
 * @ret_ids: ids of the maps, 0 for maps that are not pinned
 *
 * Return: the number of pinned maps; -EPROTO if one differs from schema.h; another negative errno.
 */
int pins_open(const struct pins *pins, uint32_t flags, int ret_fds[SCHEMA_MAPS],
	      uint32_t ret_ids[SCHEMA_MAPS], struct datapath_error *ret_error);

/* The path of a map's pin. Return: buffer. */
const char *pins_path(const struct pins *pins, enum schema_map map,
		      char buffer[PINS_PATH_MAX + 64]);

/* Pin a map, replacing the pin that is there. */
int pins_put(const struct pins *pins, enum schema_map map, int fd,
	     struct datapath_error *ret_error);
void pins_delete(const struct pins *pins, enum schema_map map);

/* Pins besides the schema's maps: inner maps and programs. Names have no dots. */
int pins_put_named(const struct pins *pins, const char *name, int fd);
int pins_open_named(const struct pins *pins, const char *name, uint32_t flags);
void pins_delete_named(const struct pins *pins, const char *name);

/* Remove the pins of all schemas, and the root unless another user owns it. */
int pins_remove(struct pins *pins, struct datapath_error *ret_error);

/* True if pins of any schema exist. */
bool pins_exist(const struct pins *pins);

#endif
