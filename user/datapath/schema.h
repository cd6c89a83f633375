/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_SCHEMA_H
#define STEER_DATAPATH_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include <bpf/bpf.h>

/**
 * DOC: the maps as this build of user space expects them, by name.
 *
 * The program brings its own idea of them along. Only where both are the same may one write: a
 * program of another version is refused, never half understood.
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
	SCHEMA_STATES,
	SCHEMA_NODES,
	SCHEMA_MACS,
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
	const char *name; /* at most 15 characters, or the kernel's is a shorter one */
	enum bpf_map_type type;
	uint32_t key_bytes;
	uint32_t value_bytes;
	uint32_t max_entries; /* SCHEMA_PER_CPU: as many as the machine may have CPUs */
	uint32_t flags;
};

extern const struct schema_map_spec schema_maps[SCHEMA_MAPS];

#define SCHEMA_DIFFERENCE_MAX 96

/**
 * schema_check - is this the map we expect?
 * @ret_difference: what is different, in words ("value of 80 bytes, not 96")
 *
 * Return: 0, -EPROTO.
 */
int schema_check(enum schema_map map, const struct schema_map_spec *found,
		 char ret_difference[SCHEMA_DIFFERENCE_MAX]);

/* The same for a map that is open. Return also: what the kernel says. */
int schema_check_fd(enum schema_map map, int fd, uint32_t *ret_map_id,
		    char ret_difference[SCHEMA_DIFFERENCE_MAX]);

/* Close what is open and mark it so. */
void schema_close(int fds[SCHEMA_MAPS]);

#endif
