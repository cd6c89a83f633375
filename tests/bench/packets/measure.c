// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/bpf.h>
#include <linux/if_link.h>

#include "measure.h"
#include "netns.h"

/*
 * While a program is attached somewhere, the kernel has a direct call to it at hand, which it would
 * make, and wait for, in every test run otherwise.
 */
static int attach_all(const struct measure *measure)
{
	struct bpf_program *program;
	int i = 0, r = 0;

	bpf_object__for_each_program(program, measure->wrapper)
	{
		if (!r && i < NETNS_INTERFACES)
			r = bpf_xdp_attach(netns_interface(i++), bpf_program__fd(program),
					   XDP_FLAGS_DRV_MODE, NULL);
	}
	return r;
}

int measure_open(const char *object, int packets, struct measure *ret_measure)
{
	struct measure measure = { .packets = packets };
	int r;

	measure.wrapper = bpf_object__open_file(object, NULL);
	r = measure.wrapper ? bpf_object__load(measure.wrapper) : -errno;
	if (r) {
		fprintf(stderr, "packets: %s: %s\n", object, strerror(-r));
		return r;
	}
	measure.memory = mmap(NULL, sizeof(*measure.memory), PROT_READ | PROT_WRITE, MAP_SHARED,
			      bpf_object__find_map_fd_by_name(measure.wrapper, ".bss"), 0);
	if (measure.memory == MAP_FAILED)
		return -errno;
	*ret_measure = measure;
	return attach_all(&measure);
}

void measure_close(struct measure *measure)
{
	if (measure->memory)
		munmap(measure->memory, sizeof(*measure->memory));
	bpf_object__close(measure->wrapper);
}

static const char *const wrapper[SCENE_WRAPS] = {
	[SCENE_V4] = "wrap_v4",
	[SCENE_V6] = "wrap_v6",
	[SCENE_GUE] = "wrap_gue",
};

static int find_program(const struct measure *measure, const struct scene *scene)
{
	const char *name = scene->wrap == SCENE_ALONE ? scene->floor : wrapper[scene->wrap];

	return bpf_program__fd(bpf_object__find_program_by_name(measure->wrapper, name));
}

static int set_up(const struct measure *measure, const struct measure_case *c)
{
	int fd = bpf_object__find_map_fd_by_name(measure->wrapper, "programs");
	__u32 zero = 0;

	if (c->tags)
		memcpy(measure->memory->tags, c->tags, c->plan.flows * sizeof(*c->tags));
	if (c->scene->wrap == SCENE_ALONE)
		return 0;
	return bpf_map_update_elem(fd, &zero, &c->program[c->rounds % MEASURE_COPIES], BPF_ANY);
}

/*
 * So many packets, some to warm up before, from where the last run has stopped. The clock is read
 * in the wrapper, so a run more is needed to stop it. Return: 0, or a negative errno.
 */
static int run(const struct measure *measure, struct measure_case *c, int warm, int packets,
	       double *ret_ns)
{
	__u8 left[SCENE_FRAME_BYTES];
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = c->frame, .data_size_in = c->frame_bytes,
		    .data_out = left, .data_size_out = sizeof(left), .repeat = warm + packets + 1);
	struct targets *plan = &measure->memory->plan;
	int r;

	c->plan.odd = 0;
	c->plan.run = 0;
	c->plan.stamp = 1 + warm;
	c->plan.last = 1 + warm + packets;
	*plan = c->plan;
	r = bpf_prog_test_run_opts(find_program(measure, c->scene), &options);
	c->plan = *plan;
	if (r)
		return r;
	if (options.retval != c->scene->action)
		snprintf(c->wrong, sizeof(c->wrong), "action %u", options.retval);
	*ret_ns = (double)(c->plan.ended_ns - c->plan.begun_ns) / packets;
	return 0;
}

static __u64 counted(const struct world_counts *counts, const struct scene *scene)
{
	if (scene->flows == SCENE_HIT)
		return counts->flows.flow_hits;
	if (scene->flows == SCENE_MISS)
		return counts->flows.flow_misses;
	return counts->verdict[scene->verdict].packets;
}

static void check_verdicts(struct measure_case *c, const struct world_counts *before,
			   const struct world_counts *now, __u64 packets)
{
	static const char *const name[] = {
#define X(symbol, class, name, help) #name,
		STEER_VERDICTS(X)
#undef X
	};
	int i;

	for (i = 0; i < STEER_VERDICT_COUNT; i++) {
		__u64 more = now->verdict[i].packets - before->verdict[i].packets;

		if (more != (i == c->scene->verdict ? packets : 0))
			snprintf(c->wrong, sizeof(c->wrong), "%llu of %llu packets: %s", more,
				 packets, name[i]);
	}
	if (counted(now, c->scene) - counted(before, c->scene) != packets)
		snprintf(c->wrong, sizeof(c->wrong), "not all missed or hit the flow table");
}

/* The first frame of a run is fresh, and does not look as if the program had left it. */
static __u64 odd_frames(const struct measure_case *c)
{
	return c->plan.left_bytes != c->plan.frame_bytes ||
	       memcmp(c->frame, &c->plan.left_mac, sizeof(c->plan.left_mac));
}

/* Runs and looks at what became of the packets. */
static int run_checked(const struct measure *measure, struct measure_case *c, int warm, int packets,
		       double *ret_ns)
{
	struct world_counts before, now;
	int r = c->counts ? world_count(c->world, &before) : 0;

	if (!r)
		r = run(measure, c, warm, packets, ret_ns);
	if (!r && c->counts)
		r = world_count(c->world, &now);
	if (r)
		return r;
	if (c->counts)
		check_verdicts(c, &before, &now, warm + packets + 1);
	if (c->scene->wrap != SCENE_ALONE && c->plan.odd != odd_frames(c))
		snprintf(c->wrong, sizeof(c->wrong), "%llu frames left as none should be",
			 c->plan.odd);
	return 0;
}

int measure_prepare(struct measure *measure, struct measure_case *c)
{
	double ns;
	int r;

	c->frame_bytes = scene_build(c->scene, c->scale, c->frame, &c->plan);
	if (c->scene->wrap == SCENE_GUE) {
		c->tags = calloc(c->plan.flows, sizeof(*c->tags));
		if (!c->tags)
			return -ENOMEM;
		scene_fill_tags(&c->plan, c->tags);
	}
	if (c->scene->flows != SCENE_HIT)
		return 0;
	r = set_up(measure, c);
	return r ? r : run(measure, c, 0, c->plan.flows, &ns);
}

int measure_round(struct measure *measure, struct measure_case *c)
{
	double ns;
	int r;

	if (*c->wrong)
		return 0;
	if (c->rounds == MEASURE_MAX_ROUNDS)
		return -ENOSPC;
	r = set_up(measure, c);
	if (!r)
		r = run_checked(measure, c, measure->packets / 8, measure->packets, &ns);
	if (!r)
		c->ns[c->rounds++] = ns;
	return r;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

double measure_median(struct measure_case *c)
{
	qsort(c->ns, c->rounds, sizeof(*c->ns), compare);
	return c->ns[c->rounds / 2];
}

double measure_min(struct measure_case *c)
{
	qsort(c->ns, c->rounds, sizeof(*c->ns), compare);
	return c->ns[0];
}
