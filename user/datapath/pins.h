/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_PINS_H
#define STEER_DATAPATH_PINS_H

#include "datapath/datapath.h"
#include "datapath/schema.h"

#define PINS_PATH_MAX 256
#define PINS_NAME_MAX 40

/* Where the maps are pinned; filled by pins_init(), emptied by pins_release(). */
struct pins {
	char root[PINS_PATH_MAX];
	char directory[PINS_PATH_MAX + 16]; /* <root>/v<STEER_SCHEMA> */
	size_t made_from; /* length of the shortest directory made by us; 0: none made */
	int lock_fd;	  /* -1: not locked */
};

int pins_init(struct pins *ret_pins, const struct datapath_options *options,
	      struct datapath_error *ret_error);

/* Unlock. The pins stay. */
void pins_release(struct pins *pins);

/**
 * pins_prepare - make the directories.
 * Return: 0; -EPROTO if there are pins of another schema; -EINVAL outside of a bpffs; …
 */
int pins_prepare(struct pins *pins, struct datapath_error *ret_error);

/* Remove the directories that pins_prepare() made, as far as they are empty. */
void pins_undo(struct pins *pins);

/* Lock the root until pins_release() or the end of the process; -EBUSY. */
int pins_lock(struct pins *pins, struct datapath_error *ret_error);

/**
 * pins_open - open what is pinned.
 * @flags: BPF_F_RDONLY or 0
 * @ret_fds: file descriptors, -1 where nothing is pinned
 * @ret_ids: ids of the maps, 0 where nothing is pinned
 *
 * Return: how many there are, -EPROTO if one is not as schema.h says.
 */
int pins_open(const struct pins *pins, uint32_t flags, int ret_fds[SCHEMA_MAPS],
	      uint32_t ret_ids[SCHEMA_MAPS], struct datapath_error *ret_error);

/* The path of a map's pin. Return: buffer. */
const char *pins_path(const struct pins *pins, enum schema_map map,
		      char buffer[PINS_PATH_MAX + 64]);

/* Pin a map, instead of what is pinned there. */
int pins_put(const struct pins *pins, enum schema_map map, int fd,
	     struct datapath_error *ret_error);
void pins_delete(const struct pins *pins, enum schema_map map);

/* What is pinned besides the schema's maps: inner maps and programs. Names have no dots. */
int pins_put_named(const struct pins *pins, const char *name, int fd);
int pins_open_named(const struct pins *pins, const char *name, uint32_t flags);
void pins_delete_named(const struct pins *pins, const char *name);

/* Remove the pins of all schemas and the root, unless that is another user's. */
int pins_remove(struct pins *pins, struct datapath_error *ret_error);

/* Whether any schema's pins are there. */
bool pins_exist(const struct pins *pins);

#endif
