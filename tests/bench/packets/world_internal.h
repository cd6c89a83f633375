/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BENCH_WORLD_INTERNAL_H
#define STEER_BENCH_WORLD_INTERNAL_H

#include "datapath/service_index.h"
#include "steer/bloom.h"

#include "measure.h"
#include "world.h"

/* DOC: what world.c, which loads the copies of a program, and world_maps.c, which fills their maps,
 * share. */

#define WORLD_SERVICE_FLOWS 0xf02 /* the service with a flow table */

struct world {
	struct world_size size;
	struct bpf_object *object;
	struct bpf_object *copy[MEASURE_COPIES]; /* with the same maps; the first one is @object */
	struct steer_bloom filter;
	struct service_index index;
	struct datapath_vip vips[STEER_MAX_VIPS];
	size_t n_vips;
	struct datapath_service services[STEER_MAX_SERVICES];
	size_t n_services;
};

int world_map_fd(const struct world *world, const char *name);
int world_fill(struct world *world);

#endif
