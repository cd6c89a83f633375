// SPDX-License-Identifier: GPL-2.0
#include "world_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "cleanup.h"

int world_map_fd(const struct world *world, const char *name)
{
	return bpf_object__find_map_fd_by_name(world->object, name);
}

static int load_copy(struct world *world, int copy, const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	int r = object ? 0 : -errno;

	world->copy[copy] = object;
	if (!r && world->object)
		r = world_share_maps(world, object);
	if (!r)
		r = bpf_object__load(object);
	if (r)
		fprintf(stderr, "packets: %s: %s\n", path, strerror(-r));
	else if (!world->object)
		world->object = object;
	return r;
}

static int load(struct world *world, const char *path)
{
	int copy, r = 0;

	for (copy = 0; copy < MEASURE_COPIES && !r; copy++)
		r = load_copy(world, copy, path);
	return r;
}

int world_new(const char *object, const struct world_size *size, struct world **ret_world)
{
	struct world *world = calloc(1, sizeof(*world));
	int r;

	if (!world)
		return -ENOMEM;
	world->size = *size;
	world->index.fd = -1;
	r = load(world, object);
	if (!r)
		r = world_fill(world);
	if (r)
		world_free(world);
	else
		*ret_world = world;
	return r;
}

void world_free(struct world *world)
{
	int copy;

	if (!world)
		return;
	for (copy = 0; copy < MEASURE_COPIES; copy++)
		bpf_object__close(world->copy[copy]);
	service_index_release(&world->index);
	free(world);
}

const struct world_size *world_size(const struct world *world)
{
	return &world->size;
}

int world_program(const struct world *world, int copy)
{
	return bpf_program__fd(
		bpf_object__find_program_by_name(world->copy[copy], STEER_PROGRAM_NAME));
}

int world_share_maps(const struct world *world, struct bpf_object *object)
{
	struct bpf_map *map;
	int fd, r = 0;

	bpf_object__for_each_map(map, object)
	{
		fd = world_map_fd(world, bpf_map__name(map));
		if (!r && fd >= 0)
			r = bpf_map__reuse_fd(map, fd);
	}
	return r;
}

/* A value of all CPUs as one, 64-bit words all of it. */
static int sum(const struct world *world, const char *map, __u32 key, size_t bytes, void *ret_sum)
{
	int cpus = libbpf_num_possible_cpus();
	_cleanup_(cleanup_free) __u64 *values = calloc(cpus, bytes);
	__u64 *total = ret_sum;
	size_t i;
	int r;

	if (!values)
		return -ENOMEM;
	r = bpf_map_lookup_elem(world_map_fd(world, map), &key, values);
	if (r)
		return r;
	memset(total, 0, bytes);
	for (i = 0; i < cpus * bytes / sizeof(*total); i++)
		total[i % (bytes / sizeof(*total))] += values[i];
	return 0;
}

int world_count(const struct world *world, struct world_counts *ret_counts)
{
	struct steer_verdict_counters all;
	int r;

	r = sum(world, "steer_verdicts", 0, sizeof(all), &all);
	if (r)
		return r;
	memcpy(ret_counts->verdict, &all, sizeof(ret_counts->verdict));
	return sum(world, "steer_svc_stats", WORLD_SERVICE_FLOWS, sizeof(ret_counts->flows),
		   &ret_counts->flows);
}
