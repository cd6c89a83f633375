/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BENCH_BENCH_H
#define STEER_BENCH_BENCH_H

#include "measure.h"
#include "sockets.h"

/**
 * DOC: all cases, and what they need: worlds, floors, connections.
 */
#define BENCH_MAX_CASES 128
#define BENCH_MAX_WORLDS 16

struct bench {
	const char *directory; /* of the objects that are built */
	bool shortened;
	int rounds;
	struct measure measure;
	struct bpf_object *floors[MEASURE_COPIES];
	struct world *world[BENCH_MAX_WORLDS];
	int n_worlds;
	struct measure_case *cases;
	int n_cases;
	struct sockets sockets[2]; /* IPv4, IPv6 */
	int connections;
};

/* 0, or a negative errno with what went wrong on the standard error. */
/* @wanted: names of scenes, NULL-terminated; none: all. */
int bench_open(struct bench *bench, const char *directory, bool shortened, char **wanted);
int bench_run(struct bench *bench);
/* SCHED_FIFO for rounds, or SCHED_OTHER. */
void bench_hurry(int policy);
void bench_close(struct bench *bench);

/* Nanoseconds without the wrapper. */
struct bench_figure {
	double median, min;
};

/* Return: whether there is a figure. */
bool bench_figure(struct bench *bench, struct measure_case *c, struct bench_figure *ret_figure);
/* NULL: it was not wanted. */
struct measure_case *bench_find(struct bench *bench, const char *scene, const char *scale);

#endif
