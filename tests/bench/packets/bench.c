// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "netns.h"

#define ROUNDS 11
#define ROUNDS_SHORT 3
#define PACKETS 200000
#define PACKETS_SHORT 20000
#define FLOWS_SHORT 100000 /* connections: more take long to open */
#define ENTRIES_HIT (1 << 20)

static int open_object(const struct bench *bench, const char *name, struct bpf_object **ret_object)
{
	struct bpf_object *object;
	char path[256];
	int r;

	snprintf(path, sizeof(path), "%s/%s", bench->directory, name);
	object = bpf_object__open_file(path, NULL);
	r = object ? bpf_object__load(object) : -errno;
	if (r)
		fprintf(stderr, "packets: %s: %s\n", path, strerror(-r));
	else
		*ret_object = object;
	return r;
}

/* Scenes that need the same maps share them. */
static int find_world(struct bench *bench, const struct world_size *size, struct world **ret_world)
{
	char path[256];
	int i, r;

	for (i = 0; i < bench->n_worlds; i++) {
		*ret_world = bench->world[i];
		if (!memcmp(world_size(*ret_world), size, sizeof(*size)))
			return 0;
	}
	if (bench->n_worlds == BENCH_MAX_WORLDS)
		return -ENOSPC;
	snprintf(path, sizeof(path), "%s/steer.bpf.o", bench->directory);
	r = world_new(path, size, ret_world);
	if (!r)
		bench->world[bench->n_worlds++] = *ret_world;
	return r;
}

static int find_program(struct bench *bench, struct measure_case *c)
{
	const struct scene *scene = c->scene;
	struct world_size size = {
		.forward = scene->forward,
		.services = c->scale->services,
		.nodes = c->scale->nodes,
		.tables = c->scale->tables,
	};
	struct world *world;
	int i, r;

	if (scene->wrap == SCENE_ALONE)
		return 0;
	if (scene->floor) {
		for (i = 0; i < MEASURE_COPIES; i++) {
			c->program[i] = bpf_program__fd(
				bpf_object__find_program_by_name(bench->floors[i], scene->floor));
			if (c->program[i] < 0)
				return -ENOENT;
		}
		return 0;
	}
	if (scene->flows == SCENE_HIT)
		size.flow_entries = ENTRIES_HIT;
	if (scene->flows == SCENE_MISS) /* none is left when it comes again */
		size.flow_entries = c->scale->flows / 2;
	r = find_world(bench, &size, &world);
	if (r)
		return r;
	c->world = world;
	c->counts = 1;
	for (i = 0; i < MEASURE_COPIES; i++)
		c->program[i] = world_program(world, i);
	return 0;
}

static int open_sockets(struct bench *bench, const struct scene *scene)
{
	int ipv6 = scene->wrap == SCENE_V6;
	__u8 frame[SCENE_FRAME_BYTES];
	struct targets plan;

	if (!scene->sockets)
		return 0;
	scene_build(scene, &scales[SCALE_1], frame, &plan);
	return sockets_hold(&plan, ipv6 ? AF_INET6 : AF_INET, bench->connections,
			    &bench->sockets[ipv6]);
}

static int add_cases(struct bench *bench, const struct scene *scene)
{
	int i, r = open_sockets(bench, scene);

	for (i = 0; i < SCALES && !r; i++) {
		struct measure_case *c = &bench->cases[bench->n_cases];

		if (!(scene->scales & 1 << i))
			continue;
		if (bench->n_cases == BENCH_MAX_CASES)
			return -ENOSPC;
		c->scene = scene;
		c->scale = &scales[i];
		c->left_out = scene->sockets && scales[i].flows > bench->connections;
		if (c->left_out)
			snprintf(c->wrong, sizeof(c->wrong), "%d connections at most",
				 bench->connections);
		r = find_program(bench, c);
		bench->n_cases++;
	}
	return r;
}

static int prepare_cases(struct bench *bench)
{
	int i, r = 0;

	for (i = 0; i < 2 && !r; i++)
		r = sockets_await(&bench->sockets[i]);
	for (i = 0; i < bench->n_cases && !r; i++)
		if (!*bench->cases[i].wrong)
			r = measure_prepare(&bench->measure, &bench->cases[i]);
	return r;
}

static bool is_wanted(const struct scene *scene, char **wanted)
{
	if (!*wanted || scene->hidden)
		return true;
	while (*wanted && strcmp(*wanted, scene->name))
		wanted++;
	return *wanted;
}

int bench_open(struct bench *bench, const char *directory, bool shortened, char **wanted)
{
	char path[256];
	size_t i;
	int r;

	*bench = (struct bench){
		.directory = directory,
		.shortened = shortened,
		.rounds = shortened ? ROUNDS_SHORT : ROUNDS,
		.connections = shortened || !sockets_fit(2L * PLAN_MAX_FLOWS) ? FLOWS_SHORT
									      : PLAN_MAX_FLOWS,
		.cases = calloc(BENCH_MAX_CASES, sizeof(*bench->cases)),
	};
	snprintf(path, sizeof(path), "%s/bench/wrapper.bpf.o", directory);
	r = bench->cases ? 0 : -ENOMEM;
	if (!r)
		r = netns_prepare();
	if (!r)
		r = measure_open(path, shortened ? PACKETS_SHORT : PACKETS, &bench->measure);
	for (i = 0; i < MEASURE_COPIES && !r; i++)
		r = open_object(bench, "bench/floors.bpf.o", &bench->floors[i]);
	for (i = 0; i < n_scenes && !r; i++)
		if (is_wanted(&scenes[i], wanted))
			r = add_cases(bench, &scenes[i]);
	return r ? r : prepare_cases(bench);
}

/* Before everything else that wants this CPU, a few dozen milliseconds at a time. */
void bench_hurry(int policy)
{
	struct sched_param param = { .sched_priority = policy == SCHED_FIFO };

	sched_setscheduler(0, policy, &param);
}

int bench_run(struct bench *bench)
{
	int round, i, r = 0;

	bench_hurry(SCHED_FIFO);
	for (round = 0; round < bench->rounds; round++)
		for (i = 0; i < bench->n_cases && !r; i++)
			r = measure_round(&bench->measure, &bench->cases[i]);
	bench_hurry(SCHED_OTHER);
	return r;
}

void bench_close(struct bench *bench)
{
	int i;

	for (i = 0; i < bench->n_cases; i++)
		free(bench->cases[i].tags);
	for (i = 0; i < bench->n_worlds; i++)
		world_free(bench->world[i]);
	for (i = 0; i < 2; i++)
		sockets_release(&bench->sockets[i]);
	for (i = 0; i < MEASURE_COPIES; i++)
		bpf_object__close(bench->floors[i]);
	measure_close(&bench->measure);
	free(bench->cases);
}

struct measure_case *bench_find(struct bench *bench, const char *scene, const char *scale)
{
	int i;

	for (i = 0; i < bench->n_cases; i++) {
		struct measure_case *c = &bench->cases[i];

		if (!strcmp(c->scene->name, scene) && !strcmp(c->scale->name, scale))
			return c;
	}
	return NULL;
}

/* What is not the measured program's: the wrapper, which moves the frame's beginning back. */
static bool overhead(struct bench *bench, const struct measure_case *c, struct bench_figure *ret)
{
	static const char *const nothing[SCENE_WRAPS] = {
		[SCENE_V4] = "null_v4",
		[SCENE_V6] = "null_v6",
		[SCENE_GUE] = "null_gue",
	};
	const char *scale = c->scale->flows == 1	? "flows_1"
			    : c->scale->flows == 100000 ? "flows_100k"
							: "flows_1m";
	struct measure_case *wrapped, *alone, *room, *plain;

	if (c->scene->wrap == SCENE_ALONE)
		return true;
	wrapped = bench_find(bench, nothing[c->scene->wrap], scale);
	alone = bench_find(bench, "alone_null", "flows_1");
	room = bench_find(bench, "room", "flows_1");
	plain = bench_find(bench, "null_v4", "flows_1");
	if (*wrapped->wrong || *alone->wrong || *room->wrong || *plain->wrong)
		return false;
	ret->median += measure_median(wrapped) - measure_median(alone);
	ret->min += measure_min(wrapped) - measure_min(alone);
	if (c->scene->grows) {
		/* There and back, which cost the same. */
		ret->median += (measure_median(room) - measure_median(plain)) / 2;
		ret->min += (measure_min(room) - measure_min(plain)) / 2;
	}
	return true;
}

bool bench_figure(struct bench *bench, struct measure_case *c, struct bench_figure *ret_figure)
{
	struct bench_figure wrapper = {};

	if (!c || *c->wrong || !c->rounds || !overhead(bench, c, &wrapper))
		return false;
	ret_figure->median = measure_median(c) - wrapper.median;
	ret_figure->min = measure_min(c) - wrapper.min;
	return true;
}
