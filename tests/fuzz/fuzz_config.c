// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include <sys/stat.h>

#include "config/config.h"

/**
 * DOC: whatever is in a configuration file: a whole cluster or at least one error, nothing else.
 *
 * Files are in memory, so that it is as fast as the parser. The corpus names the key by its number.
 */
#define KEY_FD 100 /* key-file: /proc/self/fd/100 */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char key[] =
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
	char path[FUZZ_PATH_MAX];
	int fd = fuzz_file(key, strlen(key), path);

	(void)argc;
	(void)argv;
	require(fchmod(fd, 0600) == 0 && dup2(fd, KEY_FD) == KEY_FD);
	close(fd);
	return 0;
}

static void check_cluster(const struct cluster *cluster)
{
	require(cluster->self < cluster->n_nodes && cluster->n_pools && cluster->n_services);
	for (size_t i = 0; i < cluster->n_nodes; i++)
		require(cluster->nodes[i].id && cluster->nodes[i].id < STEER_MAX_NODES);
	for (size_t i = 0; i < cluster->n_pools; i++) {
		require(cluster->pools[i].n_members > 0);
		for (size_t j = 0; j < cluster->pools[i].n_members; j++)
			require(cluster->pools[i].members[j].node < cluster->n_nodes);
	}
	for (size_t i = 0; i < cluster->n_services; i++)
		require(cluster->services[i].pool < cluster->n_pools);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_errors errors = {};
	struct cluster *cluster = NULL;
	char path[FUZZ_PATH_MAX];
	int fd = fuzz_file(data, size, path);

	if (config_load(path, "n1", &cluster, &errors) == 0) {
		check_cluster(cluster);
	} else {
		require(!cluster && errors.n > 0);
		for (size_t i = 0; i < errors.n; i++)
			require(!strncmp(errors.line[i], path, strlen(path)));
	}
	cluster_free(cluster);
	config_errors_free(&errors);
	close(fd);
	return 0;
}
