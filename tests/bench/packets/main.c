// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: nanoseconds per packet, of the program as it is built.
 *
 *   packets [-o FILE] [SCENE]...    a table on the screen, JSON to the file; all scenes by default
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

static int measure(char **scenes_wanted, const char *path)
{
	const char *directory = getenv("B") ?: "build";
	struct bench bench = {};
	int r;

	r = bench_open(&bench, directory, getenv("STEER_BENCH_SHORT"), scenes_wanted);
	if (!r)
		r = bench_run(&bench);
	if (!r && report_print(&bench))
		r = -EPROTO;
	if (!r && path)
		r = write_json(&bench, path);
	bench_close(&bench);
	return r;
}

int main(int argc, char **argv)
{
	const char *path = NULL;
	int c, r;

	while ((c = getopt(argc, argv, "o:")) != -1) {
		if (c != 'o') {
			fprintf(stderr, "usage: packets [-o FILE] [SCENE]...\n");
			return 2;
		}
		path = optarg;
	}
	libbpf_set_print(NULL);
	r = pin();
	if (!r)
		r = measure(argv + optind, path);
	if (r)
		fprintf(stderr, "packets: %s\n", strerror(-r));
	return r ? 1 : 0;
}
