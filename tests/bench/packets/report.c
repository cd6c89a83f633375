// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "report.h"

/**
 * DOC: figures for people and for programs.
 *
 * A scene that is measured at one scale only, a floor, has its figure directly under its name.
 */
#define ONE "flows_1"
#define MANY "flows_1m"
#define ALL "scale_1m_1000_1000"

/* One case over another, and how much it may be. */
static const struct {
	const char *name;
	struct {
		const char *scene, *scale;
	} of, over;
	double target;
} ratios[] = {
	{ "l2_v4_over_floor_tx", { "l2_v4", MANY }, { "floor_tx", ONE }, 2.5 },
	{ "l2_v6_over_floor_tx", { "l2_v6", MANY }, { "floor_tx", ONE }, 2.5 },
	{ "l2_v4_scale_over_floor_tx", { "l2_v4", ALL }, { "floor_tx", ONE }, 2.5 },
	{ "gue_v4_scale_over_floor_gue", { "gue_v4", ALL }, { "floor_gue", ONE }, 1.8 },
	{ "gue_v4_over_floor_gue", { "gue_v4", ONE }, { "floor_gue", ONE }, 1.8 },
	{ "gue_v6_over_floor_gue_v6", { "gue_v6", MANY }, { "floor_gue_v6", ONE }, 1.8 },
	{ "pass_over_floor_parse", { "pass", MANY }, { "floor_parse", ONE }, 1.5 },
	{ "pass_v6_over_floor_parse", { "pass_v6", MANY }, { "floor_parse_v6", ONE }, 1.5 },
	{ "l2_v4_1m_over_1", { "l2_v4", MANY }, { "l2_v4", ONE }, 1.15 },
	{ "l2_v6_1m_over_1", { "l2_v6", MANY }, { "l2_v6", ONE }, 1.15 },
	{ "gue_v4_1m_over_1", { "gue_v4", MANY }, { "gue_v4", ONE }, 1.15 },
	{ "gue_v6_1m_over_1", { "gue_v6", MANY }, { "gue_v6", ONE }, 1.15 },
	{ "unwrap_1m_over_1", { "unwrap", MANY }, { "unwrap", ONE }, 1.15 },
};

#define N_RATIOS (sizeof(ratios) / sizeof(ratios[0]))

static bool find_ratio(struct bench *bench, size_t i, struct bench_figure *ret_ratio)
{
	struct bench_figure of, over;

	if (!bench_figure(bench, bench_find(bench, ratios[i].of.scene, ratios[i].of.scale), &of) ||
	    !bench_figure(bench, bench_find(bench, ratios[i].over.scene, ratios[i].over.scale),
			  &over))
		return false;
	*ret_ratio = (struct bench_figure){ of.median / over.median, of.min / over.min };
	return true;
}

int report_print(struct bench *bench)
{
	struct bench_figure figure;
	int failed = 0;

	printf("%-16s %-20s %9s %9s\n", "ns per packet", "", "median", "min");
	for (int i = 0; i < bench->n_cases; i++) {
		struct measure_case *c = &bench->cases[i];

		if (c->scene->hidden && !*c->wrong)
			continue;
		printf("%-16s %-20s ", c->scene->name, c->scale->name);
		if (bench_figure(bench, c, &figure)) {
			printf("%9.1f %9.1f\n", figure.median, figure.min);
			continue;
		}
		printf("%s%s\n", c->left_out ? "left out: " : "ERROR: ", c->wrong);
		failed += !c->left_out;
	}
	printf("\n%-37s %9s %9s %9s\n", "ratios", "median", "min", "target");
	for (size_t i = 0; i < N_RATIOS; i++)
		if (find_ratio(bench, i, &figure))
			printf("%-37s %9.2f %9.2f %9.2f\n", ratios[i].name, figure.median,
			       figure.min, ratios[i].target);
	return failed;
}

static json_t *pack(const struct bench_figure *figure)
{
	return json_pack("{s:f, s:f}", "median", figure->median, "min", figure->min);
}

static int add_case(struct bench *bench, struct measure_case *c, json_t *all)
{
	struct bench_figure figure;
	json_t *scales_of;

	if (c->scene->hidden || !bench_figure(bench, c, &figure))
		return 0;
	if (c->scene->scales == 1 << SCALE_1)
		return json_object_set_new(all, c->scene->name, pack(&figure));
	scales_of = json_object_get(all, c->scene->name);
	if (!scales_of) {
		scales_of = json_object();
		if (json_object_set_new(all, c->scene->name, scales_of))
			return -1;
	}
	return json_object_set_new(scales_of, c->scale->name, pack(&figure));
}

static int add_ratios(struct bench *bench, json_t *all)
{
	json_t *object = json_object();
	struct bench_figure ratio;
	int r = 0;

	for (size_t i = 0; i < N_RATIOS && !r; i++)
		if (find_ratio(bench, i, &ratio))
			r = json_object_set_new(object, ratios[i].name,
						json_pack("{s:f, s:f, s:f}", "median", ratio.median,
							  "min", ratio.min, "target",
							  ratios[i].target));
	return json_object_set_new(all, "ratios", object) || r;
}

json_t *report_json(struct bench *bench)
{
	json_t *all = json_object();
	int r = 0;

	for (int i = 0; i < bench->n_cases && !r; i++)
		r = add_case(bench, &bench->cases[i], all);
	if (!r)
		r = add_ratios(bench, all);
	if (!r)
		return all;
	json_decref(all);
	return NULL;
}
