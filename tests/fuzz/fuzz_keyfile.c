// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include <ctype.h>
#include <errno.h>
#include <sys/stat.h>

#include "config/keyfile.h"

/**
 * DOC: whatever is in a key file: keys that stand there, or one error that does not quote it.
 */

/* Its digits, wherever they stand. */
static int stands_in(const uint8_t *key, const uint8_t *data, size_t size)
{
	char digits[2 * CLUSTER_KEY_BYTES + 1];
	size_t i, k;

	for (i = 0; i < CLUSTER_KEY_BYTES; i++)
		snprintf(digits + 2 * i, 3, "%02x", key[i]);
	for (i = 0; i + 2 * CLUSTER_KEY_BYTES <= size; i++) {
		for (k = 0; k < 2 * CLUSTER_KEY_BYTES && tolower(data[i + k]) == digits[k]; k++)
			;
		if (k == 2 * CLUSTER_KEY_BYTES)
			return 1;
	}
	return 0;
}

static void check_keys(const struct cluster *cluster, const uint8_t *data, size_t size)
{
	size_t i;

	require(cluster->n_auth_keys == 1 || cluster->n_auth_keys == 2);
	require(stands_in(cluster->flow_key, data, size));
	for (i = 0; i < cluster->n_auth_keys; i++)
		require(stands_in(cluster->auth_key[i], data, size));
}

static void check_error(struct errors *errors, const char *path)
{
	struct config_errors report = {};

	require(errors->n == 1 && errors_report(errors, "f", &report) == 0 && report.n == 1);
	require(strstr(report.line[0], path));
	config_errors_free(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cluster cluster = { .n_auth_keys = 77 };
	struct errors errors = {};
	char path[FUZZ_PATH_MAX];
	int r, fd = fuzz_file(data, size, path);

	require(fchmod(fd, 0600) == 0);
	r = keyfile_read(path, (struct position){ 3, 11 }, &errors, &cluster);
	if (r == 0) {
		require(errors.n == 0);
		check_keys(&cluster, data, size);
	} else {
		require(r == -EINVAL && cluster.n_auth_keys == 77 && !cluster.flow_key[0]);
		check_error(&errors, path);
	}
	errors_clear(&errors);
	close(fd);
	return 0;
}
