/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_UNIT_DAEMON_BENCH_H
#define TESTS_UNIT_DAEMON_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/handles.h"
#include "daemon/journal.h"

/**
 * DOC: a daemon of a cluster of four nodes and a pool, with a journal, but without a datapath. The
 * configuration is in effect, and nothing was decided yet.
 */
#define NODES 4 /* the first is this one */

struct bench {
	struct daemon *daemon;
	struct cluster *config;
	char directory[64];
};

static inline struct cluster *bench_config(void)
{
	struct cluster *config = calloc(1, sizeof(*config));

	*config = (struct cluster){
		.nodes = calloc(NODES, sizeof(*config->nodes)),
		.n_nodes = NODES,
		.pools = calloc(1, sizeof(*config->pools)),
		.n_pools = 1,
		.liveness = { .interval_ms = 100, .multiplier = 3 },
	};
	for (size_t i = 0; i < NODES; i++) {
		snprintf(config->nodes[i].name, sizeof(config->nodes[i].name), "n%zu", i + 1);
		config->nodes[i].id = i + 1;
	}
	strcpy(config->pools[0].name, "web");
	return config;
}

static inline int bench_setup(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct daemon_options options = { .state_dir = bench->directory };
	uint16_t gone[STEER_MAX_POOLS];
	struct cluster_state *cluster;
	size_t n_gone;

	strcpy(bench->directory, "/tmp/steer-test-journal-XXXXXX");
	if (!mkdtemp(bench->directory))
		return -1;
	bench->daemon = daemon_new(&options);
	bench->config = bench_config();
	cluster = bench->daemon->state;
	index_alloc_assign(&cluster->pool_index, "web");
	if (state_begin_reload(cluster, bench->config, &cluster->pool_index) < 0)
		return -1;
	state_commit_reload(cluster, bench->config, gone, &n_gone);
	cluster->generation = 0;
	*state = bench;
	return journal_open(bench->daemon);
}

static inline int bench_teardown(void **state)
{
	struct bench *bench = *state;
	char path[128];
	int r;

	daemon_free(bench->daemon);
	snprintf(path, sizeof(path), "%s/events.jsonl", bench->directory);
	unlink(path);
	r = rmdir(bench->directory);
	free(bench);
	return r;
}

#endif
