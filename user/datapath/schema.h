/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_SCHEMA_H
#define STEER_DATAPATH_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include <bpf/bpf.h>

/**
 * DOC: the schema: the maps as this build of user space expects them.
 *
 * The object file and running programs have maps of their own. Maps that differ from the schema
 * belong to another version and are refused; nothing is written to them.
 */
enum schema_map {
	SCHEMA_SETTINGS,
	SCHEMA_REFLECTOR,
	SCHEMA_BLOOM,
	SCHEMA_VIPS,
	SCHEMA_PREFIXES,
	SCHEMA_SERVICES,
	SCHEMA_INDEX,
	SCHEMA_TABLES,
	SCHEMA_FORMER,
	SCHEMA_STATES,
	SCHEMA_NODES,
	SCHEMA_MACS,
	SCHEMA_OWN_MACS,
	SCHEMA_PEERS,
	SCHEMA_ROUTERS,
	SCHEMA_DEVS,
	SCHEMA_FRAGMENTS,
	SCHEMA_FLOWS,
	SCHEMA_TOKENS,
	SCHEMA_TRACING,
	SCHEMA_EVENTS,
	SCHEMA_RING,
	SCHEMA_VERDICTS,
	SCHEMA_SERVICE_STATS,
	SCHEMA_NODE_STATS,
	SCHEMA_MAPS,
};

#define SCHEMA_PER_CPU 0
#define SCHEMA_DEVS_MAX 16

struct schema_map_spec {
	const char *name; /* at most 15 characters, as the kernel cuts longer names */
	enum bpf_map_type type;
	uint32_t key_bytes;
	uint32_t value_bytes;
	uint32_t max_entries; /* SCHEMA_PER_CPU: the number of possible CPUs */
	uint32_t flags;
};

extern const struct schema_map_spec schema_maps[SCHEMA_MAPS];

#define SCHEMA_DIFFERENCE_MAX 96

/**
 * schema_check - compare a map to the schema.
 * @map: the expected map
 * @found: the map's properties
 * @ret_difference: with -EPROTO: the difference ("steer_vips: value bytes 80, here 96")
 *
 * Return: 0; -EPROTO if it differs.
 */
int schema_check(enum schema_map map, const struct schema_map_spec *found,
		 char ret_difference[SCHEMA_DIFFERENCE_MAX]);

/* The same for an open map. Return: also a negative errno of the kernel. */
int schema_check_fd(enum schema_map map, int fd, uint32_t *ret_map_id,
		    char ret_difference[SCHEMA_DIFFERENCE_MAX]);

/* Close the open descriptors and set them to -1. */
void schema_close(int fds[SCHEMA_MAPS]);

#endif
