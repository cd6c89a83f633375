// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

#include "cut.h"
#include "stages.h"

/**
 * DOC: the program cut short behind each of its stages; a stage costs what one more takes longer.
 *
 * What the processor does at the same time as something else costs nothing, so a stage may cost
 * less than it would alone.
 */
struct cut {
	struct measure_case of; /* the whole program */
	struct scene scene;	/* the same, but nothing is written yet */
	struct bpf_object *object[STAGE_COUNT][MEASURE_COPIES];
	struct measure_case stage[STAGE_COUNT];
};

static int load_stage(const struct bench *bench, const struct world *world, int stage,
		      struct bpf_object **ret_object)
{
	struct bpf_object *object;
	struct bpf_map *rodata;
	__u32 last = stage;
	char path[256];
	int r;

	snprintf(path, sizeof(path), "%s/bench/stages.bpf.o", bench->directory);
	object = bpf_object__open_file(path, NULL);
	if (!object)
		return -errno;
	*ret_object = object;
	bpf_program__set_autoload(bpf_object__find_program_by_name(object, "steer"), false);
	rodata = bpf_object__find_map_by_name(object, ".rodata");
	r = rodata ? bpf_map__set_initial_value(rodata, &last, sizeof(last)) : -ENOENT;
	if (!r)
		r = world_share_maps(world, object);
	return r ? r : bpf_object__load(object);
}

static int prepare_stage(struct bench *bench, struct cut *cut, int stage)
{
	struct measure_case *c = &cut->stage[stage];
	int i, r = 0;

	*c = (struct measure_case){ .scene = stage < STAGE_SEND ? &cut->scene : cut->of.scene,
				    .scale = cut->of.scale };
	for (i = 0; i < MEASURE_COPIES && !r; i++) {
		r = load_stage(bench, cut->of.world, stage, &cut->object[stage][i]);
		if (!r)
			c->program[i] = bpf_program__fd(
				bpf_object__find_program_by_name(cut->object[stage][i], "stages"));
	}
	return r ? r : measure_prepare(&bench->measure, c);
}

static int measure_stages(struct bench *bench, struct cut *cut)
{
	int stage, round, i, r = 0;

	for (stage = 0; stage < STAGE_COUNT && !r; stage++)
		r = prepare_stage(bench, cut, stage);
	for (i = 0; i < bench->n_cases; i++)
		bench->cases[i].rounds = 0;
	bench_hurry(SCHED_FIFO);
	for (round = 0; round < bench->rounds; round++) {
		for (i = 0; i < bench->n_cases && !r; i++)
			if (bench->cases[i].scene->hidden)
				r = measure_round(&bench->measure, &bench->cases[i]);
		for (stage = 0; stage < STAGE_COUNT && !r; stage++)
			r = measure_round(&bench->measure, &cut->stage[stage]);
	}
	bench_hurry(SCHED_OTHER);
	return r;
}

static void print_stages(struct bench *bench, struct cut *cut)
{
	static const char *const name[] = {
#define X(symbol, what) what,
		STAGES(X)
#undef X
	};
	struct measure_case *alone = bench_find(bench, "alone_null", "flows_1");
	double before = measure_median(alone);

	printf("%s %s\n", cut->of.scene->name, cut->of.scale->name);
	printf("  %-45s %7.1f %7.1f\n", "BPF_PROG_TEST_RUN, a call", before, before);
	for (int stage = 0; stage < STAGE_COUNT; stage++) {
		struct bench_figure figure;

		if (!bench_figure(bench, &cut->stage[stage], &figure)) {
			printf("  %-45s ERROR: %s\n", name[stage], cut->stage[stage].wrong);
			continue;
		}
		printf("  %-45s %7.1f %7.1f\n", name[stage], figure.median - before, figure.median);
		before = figure.median;
	}
}

static int cut_one(struct bench *bench, const struct measure_case *of)
{
	_cleanup_(cleanup_free) struct cut *cut = calloc(1, sizeof(*cut));
	int stage, i, r;

	if (!cut)
		return -ENOMEM;
	cut->of = *of;
	cut->scene = *of->scene;
	cut->scene.grows = 0;
	r = measure_stages(bench, cut);
	if (!r)
		print_stages(bench, cut);
	for (stage = 0; stage < STAGE_COUNT; stage++)
		for (i = 0; i < MEASURE_COPIES; i++)
			bpf_object__close(cut->object[stage][i]);
	return r;
}

static bool is_cut(const struct bench *bench, const struct measure_case *c)
{
	if (bench->shortened && c->scale != &scales[SCALE_1])
		return false;
	return c->scene->verdict == STEER_V_FORWARD_L2 || c->scene->verdict == STEER_V_FORWARD_GUE;
}

int cut_run(struct bench *bench)
{
	int i, r = 0;

	for (i = 0; i < bench->n_cases && !r; i++)
		if (is_cut(bench, &bench->cases[i]))
			r = cut_one(bench, &bench->cases[i]);
	return r;
}
