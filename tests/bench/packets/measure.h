/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BENCH_MEASURE_H
#define STEER_BENCH_MEASURE_H

#include <bpf/libbpf.h>

#include "scene.h"

/**
 * DOC: rounds over all cases: a case of each scene at each scale, or a program cut short.
 *
 * A program runs behind a wrapper that makes the next packet out of what the last run has left (see
 * wrapper.bpf.c). Steer's own counters tell what became of every packet. A round runs every case
 * once, so that what else the machine does hits all alike.
 */
#define MEASURE_MAX_ROUNDS 101

/*
 * Where in memory a program's machine code happens to be makes a difference of up to a third. So
 * there are some copies of each, which take turns.
 */
#define MEASURE_COPIES 5

struct measure_case {
	const struct scene *scene;
	const struct scale *scale;
	const struct world *world; /* NULL: a floor */
	int program[MEASURE_COPIES];
	int counts; /* it counts its packets, as Steer does */
	__u8 frame[SCENE_FRAME_BYTES];
	int frame_bytes;
	struct targets plan;
	__u32 *tags;
	char wrong[80]; /* why there is no figure; empty: there is one */
	int left_out;	/* and that is no fault */
	double ns[MEASURE_MAX_ROUNDS];
	int rounds;
};

/* The wrapper's object, loaded. */
struct measure {
	struct bpf_object *wrapper;
	struct targets_memory *memory; /* the wrapper's */
	int packets;		       /* per case and round, after those to warm up */
};

int measure_open(const char *object, int packets, struct measure *ret_measure);
void measure_close(struct measure *measure);

/* Whatever a case needs before it can be measured. */
int measure_prepare(struct measure *measure, struct measure_case *c);

int measure_round(struct measure *measure, struct measure_case *c);

/* In place: sorts the rounds. */
double measure_median(struct measure_case *c);
double measure_min(struct measure_case *c);

#endif
