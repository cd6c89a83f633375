// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"

/**
 * DOC: whatever is in a configuration file: a whole cluster or at least one error, nothing else.
 *
 * Files are in memory, so that it is as fast as the parser. The corpus names the key by its number.
 */
#define KEY_FD 100 /* key-file: /proc/self/fd/100 */

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char key[] =
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
	int fd = memfd_create("key", MFD_CLOEXEC);

	(void)argc;
	(void)argv;
	require(fd >= 0 && write(fd, key, strlen(key)) == (ssize_t)strlen(key));
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
	char path[64];
	int fd = memfd_create("config", MFD_CLOEXEC);

	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
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
