/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_UNIT_DAEMON_BENCH_H
#define TESTS_UNIT_DAEMON_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/journal.h"

/**
 * DOC: a daemon of a cluster of four nodes and a pool, with a journal, but without a datapath.
 */
#define NODES 4 /* the first is this one */

struct bench {
	struct daemon *daemon;
	struct cluster cluster;
	struct cluster_node nodes[NODES];
	struct cluster_pool pool;
	char directory[64];
};

static inline int bench_setup(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct daemon_options options = { .state_dir = bench->directory };

	strcpy(bench->directory, "/tmp/steer-test-journal-XXXXXX");
	if (!mkdtemp(bench->directory))
		return -1;
	for (size_t i = 0; i < NODES; i++) {
		snprintf(bench->nodes[i].name, sizeof(bench->nodes[i].name), "n%zu", i + 1);
		bench->nodes[i].id = i + 1;
	}
	strcpy(bench->pool.name, "web");
	bench->cluster = (struct cluster){
		.nodes = bench->nodes,
		.n_nodes = NODES,
		.pools = &bench->pool,
		.n_pools = 1,
		.liveness = { .interval_ms = 100, .multiplier = 3 },
	};
	bench->daemon = daemon_new(&options);
	bench->daemon->cluster = &bench->cluster;
	slots_assign(&bench->daemon->pool_slots, "web");
	*state = bench;
	return journal_open(bench->daemon);
}

static inline int bench_teardown(void **state)
{
	struct bench *bench = *state;
	char path[128];
	int r;

	bench->daemon->cluster = NULL;
	daemon_free(bench->daemon);
	snprintf(path, sizeof(path), "%s/events.jsonl", bench->directory);
	unlink(path);
	r = rmdir(bench->directory);
	free(bench);
	return r;
}

#endif
