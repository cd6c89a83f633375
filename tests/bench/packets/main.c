// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: nanoseconds per packet, of the program as it is built.
 *
 *   packets [-o FILE] [SCENE]...    a table on the screen, JSON to the file; all scenes by default
 *   packets -s SCENE...             what each stage costs in these, which must be forwarded
 *
 * One CPU, the last one or STEER_BENCH_CPU; with STEER_BENCH_SHORT few rounds. The exit status is 0
 * if every packet had the verdict it should have. Needs root.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

#include "cut.h"
#include "report.h"

static int pin(void)
{
	const char *wanted = getenv("STEER_BENCH_CPU");
	long n = wanted ? strtol(wanted, NULL, 10) : sysconf(_SC_NPROCESSORS_ONLN) - 1;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(n, &cpus);
	return sched_setaffinity(0, sizeof(cpus), &cpus) ? -errno : 0;
}

static int write_json(struct bench *bench, const char *path)
{
	_cleanup_(cleanup_json) json_t *json = report_json(bench);

	if (!json || json_dump_file(json, path, JSON_INDENT(1) | JSON_REAL_PRECISION(5)))
		return -EIO;
	return 0;
}

static int measure(char **scenes_wanted, const char *path, bool stages)
{
	const char *directory = getenv("B") ?: "build";
	struct bench bench = {};
	int failed = 0, r;

	r = bench_open(&bench, directory, getenv("STEER_BENCH_SHORT"), scenes_wanted);
	if (!r && stages)
		r = cut_run(&bench);
	else if (!r)
		r = bench_run(&bench);
	if (!r && !stages) {
		failed = report_print(&bench);
		if (path)
			r = write_json(&bench, path);
	}
	bench_close(&bench);
	return r ? r : failed ? -EPROTO : 0;
}

int main(int argc, char **argv)
{
	const char *path = NULL;
	bool stages = false;
	int c, r;

	while ((c = getopt(argc, argv, "o:s")) != -1) {
		if (c == 'o') {
			path = optarg;
		} else if (c == 's') {
			stages = true;
		} else {
			fprintf(stderr, "usage: packets [-o FILE] [SCENE]... | -s SCENE...\n");
			return 2;
		}
	}
	libbpf_set_print(NULL);
	r = pin();
	if (!r)
		r = measure(argv + optind, path, stages);
	if (r)
		fprintf(stderr, "packets: %s\n", strerror(-r));
	return r ? 1 : 0;
}
