/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_INNER_MAPS_H
#define STEER_DATAPATH_INNER_MAPS_H

#include "datapath/handle.h"

/**
 * DOC: maps in maps: a pool's table in steer_tables, a service's flows in steer_flows, the index of
 * services in steer_index. The last is made anew with every change and never read back, so what
 * follows is about the other two.
 *
 * The outer map tells only the id of an inner one, and only CAP_SYS_ADMIN may open what it knows by
 * its id. So inner maps are pinned too, as <outer>_<key>, and opened by that name; the id tells
 * whether the name is up to date. Who has made one, or asks for it by inner_maps_pin(), also keeps
 * it open: pins may go away. A pin that cannot be made is no error. A map may be under several
 * keys: each has a pin and a descriptor of its own for it, which go with the key.
 */

/**
 * inner_maps_create - a new inner map for this outer one, with a description of its types if they
 * are known; not put into it. Return: a file descriptor, or what the kernel says.
 */
int inner_maps_create(const struct datapath *datapath, enum schema_map outer, uint32_t entries);

/**
 * inner_maps_open - open an inner map for reading.
 * Return: a file descriptor; -ENOENT if there is none; -EPERM if it is not pinned and
 * CAP_SYS_ADMIN is missing; …
 */
int inner_maps_open(const struct datapath *datapath, enum schema_map outer, uint32_t key);

/* The kernel's number of an inner map; 0 if there is none, or none that may be opened. */
uint32_t inner_maps_id(const struct datapath *datapath, enum schema_map outer, uint32_t key);

/* Of the one that we keep; 0: none. Without a lookup in the outer map, for which kernels before 6.8
 * wait as for a write. */
uint32_t inner_maps_id_kept(const struct datapath *datapath, enum schema_map outer, uint32_t key);

/* Put a map into the outer one, in place of what is there, and pin it. */
int inner_maps_put(const struct datapath *datapath, enum schema_map outer, uint32_t key, int fd);

/* The same with one map for n keys, some of which may have it on failure. */
int inner_maps_put_all(const struct datapath *datapath, enum schema_map outer, const uint32_t *keys,
		       uint32_t n, int fd);

/**
 * inner_maps_list - which inner maps are within reach, by a pin or a descriptor of ours.
 * @ret_known: by key, below @n; entries of others stay as they are
 *
 * Return: 0, or a negative errno if the pins cannot be read.
 */
int inner_maps_list(const struct datapath *datapath, enum schema_map outer, bool *ret_known,
		    uint32_t n);

/* Remove one, and its pin; it is no error if there is none. */
int inner_maps_delete(const struct datapath *datapath, enum schema_map outer, uint32_t key);

/* Keep one that is there: open, and pinned if it is not yet, as somebody else has made it. */
int inner_maps_pin(const struct datapath *datapath, enum schema_map outer, uint32_t key);

#endif
