/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_INNER_MAPS_H
#define STEER_DATAPATH_INNER_MAPS_H

#include "datapath/handle.h"

/**
 * DOC: inner maps: a pool's table in steer_tables, its former owners in steer_formers, a service's
 * flow table in steer_flows, and the index of services in steer_index.
 *
 * The index is created again with every change and never read back; the following is about the
 * others.
 *
 * A lookup in the outer map returns only the id of an inner map, and opening a map by its id needs
 * CAP_SYS_ADMIN. So inner maps are pinned, too, as <outer>_<key>, and opened by their pins; the id
 * shows whether a pin is current. As pins may be removed, a map that was created here or passed to
 * inner_maps_pin() is also kept open. A pin that cannot be created is no error. A map may be under
 * several keys; each key has a pin and a descriptor of its own, which are removed with the key.
 *
 * All functions return a negative errno on failure.
 */

/**
 * inner_maps_create - create an inner map, which is not put into the outer one.
 * @outer: SCHEMA_TABLES, SCHEMA_FORMER, SCHEMA_FLOWS or SCHEMA_INDEX
 * @entries: its size
 *
 * It has BTF if the types of the outer map's inner ones are known.
 *
 * Return: a file descriptor or a negative errno.
 */
int inner_maps_create(const struct datapath *datapath, enum schema_map outer, uint32_t entries);

/**
 * inner_maps_open - open an inner map for reading.
 *
 * Return: a file descriptor; -ENOENT if the key has none; -EPERM if it is not pinned and
 * CAP_SYS_ADMIN is missing; another negative errno.
 */
int inner_maps_open(const struct datapath *datapath, enum schema_map outer, uint32_t key);

/* The kernel's id of an inner map; 0 if the key has none, or it cannot be opened. */
uint32_t inner_maps_id(const struct datapath *datapath, enum schema_map outer, uint32_t key);

/*
 * The id of the map that is kept open for a key; 0: none. It needs no lookup in the outer map,
 * which before Linux 6.8 waits for a grace period like a write.
 */
uint32_t inner_maps_id_kept(const struct datapath *datapath, enum schema_map outer, uint32_t key);

/* Put a map into the outer one, replacing the key's old map, and pin it. */
int inner_maps_put(const struct datapath *datapath, enum schema_map outer, uint32_t key, int fd);

/* The same with one map for @n keys. On failure some of the keys may have it. */
int inner_maps_put_all(const struct datapath *datapath, enum schema_map outer, const uint32_t *keys,
		       uint32_t n, int fd);

/**
 * inner_maps_list - list the keys whose inner maps have a pin or a descriptor.
 * @ret_known: set to true for each of them; other entries are not changed
 * @n: size of @ret_known
 *
 * Return: 0; a negative errno if the directory of pins cannot be read.
 */
int inner_maps_list(const struct datapath *datapath, enum schema_map outer, bool *ret_known,
		    uint32_t n);

/* Delete a key's inner map and its pin; no error if there is none. */
int inner_maps_delete(const struct datapath *datapath, enum schema_map outer, uint32_t key);

/* Keep a key's present map open and pin it, if another process created it. -ENOENT: none. */
int inner_maps_pin(const struct datapath *datapath, enum schema_map outer, uint32_t key);

#endif
