/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_TESTS_CONFIG_FIXTURE_H
#define STEER_TESTS_CONFIG_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cleanup.h"
#include "config/config.h"

/**
 * DOC: a directory with a key file and a configuration, right but for what a test replaces.
 */
#define FIXTURE_KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static char fixture_directory[] = "/tmp/steer-config.XXXXXX";
static char fixture_path[64];

static inline void fixture_write(const char *name, const void *data, size_t length, mode_t mode)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", fixture_directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static inline int fixture_setup(void **state)
{
	(void)state;
	strcpy(strrchr(fixture_directory, '.'), ".XXXXXX");
	assert_non_null(mkdtemp(fixture_directory));
	snprintf(fixture_path, sizeof(fixture_path), "%s/steer.yaml", fixture_directory);
	fixture_write("key", FIXTURE_KEY "\n", strlen(FIXTURE_KEY) + 1, 0600);
	return 0;
}

static inline void fixture_unlink(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", fixture_directory, name);
	unlink(path);
}

static inline int fixture_teardown(void **state)
{
	(void)state;
	fixture_unlink("key");
	fixture_unlink("steer.yaml");
	return rmdir(fixture_directory);
}

/* What a test puts in place of a line; NULL: a right one. */
struct fixture {
	const char *head;    /* lines 1 to 3 */
	const char *node;    /* line 6 */
	const char *pool;    /* line 8 */
	const char *service; /* line 10 */
	const char *tail;    /* from line 11 on */
};

static inline char *fixture_yaml(const struct fixture *with)
{
	char *yaml;
	int length;

	length = asprintf(
		&yaml,
		"%s"
		"nodes:\n"
		"  - { name: n1, id: 1, address: 192.0.2.1, interface: eth0 }\n"
		"  - %s\n"
		"pools:\n"
		"  - %s\n"
		"services:\n"
		"  - %s\n"
		"%s",
		with->head ? with->head : "cluster: demo\nself: n1\nkey-file: key\n",
		with->node ? with->node
			   : "{ name: n2, id: 2, address: 192.0.2.2, address6: 2001:db8::2, "
			     "interface: eth1 }",
		with->pool ? with->pool : "{ name: web, members: [n1, n2] }",
		with->service ? with->service
			      : "{ name: web4, vip: 198.51.100.1, protocol: tcp, port: 80, "
				"pool: web }",
		with->tail ? with->tail : "");
	assert_true(length > 0);
	return yaml;
}

static inline int fixture_load_text(const char *yaml, const char *self,
				    struct cluster **ret_cluster, struct config_errors *ret_errors)
{
	fixture_write("steer.yaml", yaml, strlen(yaml), 0644);
	return config_load(fixture_path, self, ret_cluster, ret_errors);
}

static inline void fixture_print(const struct config_errors *errors)
{
	for (size_t i = 0; i < errors->n; i++)
		print_message("# %s\n", errors->line[i]);
}

/* The one error is "PATH:expected…"; remedy must follow after a semicolon. */
static inline void fixture_expect_error(const char *yaml, const char *expected)
{
	struct config_errors errors = {};
	struct cluster *cluster = NULL;
	const char *line;
	int r;

	r = fixture_load_text(yaml, NULL, &cluster, &errors);
	if (r != -EINVAL)
		print_error("accepted, but \"%s\" was expected\n", expected);
	assert_int_equal(r, -EINVAL);
	assert_null(cluster);
	if (errors.n != 1) {
		fixture_print(&errors);
		print_error("%zu errors, but only \"%s\" was expected\n", errors.n, expected);
	}
	assert_int_equal(errors.n, 1);
	line = errors.line[0];
	assert_memory_equal(line, fixture_path, strlen(fixture_path));
	line += strlen(fixture_path) + 1;
	if (strncmp(line, expected, strlen(expected)))
		print_error("got      \"%s\"\nexpected \"%s\"\n", line, expected);
	assert_memory_equal(line, expected, strlen(expected));
	assert_non_null(strchr(line, ';'));
	config_errors_free(&errors);
}

static inline void fixture_expect_error_with(const struct fixture *with, const char *expected)
{
	_cleanup_(cleanup_free) char *yaml = fixture_yaml(with);

	fixture_expect_error(yaml, expected);
}

/* Free with cluster_free(). */
static inline struct cluster *fixture_load(const struct fixture *with)
{
	_cleanup_(cleanup_free) char *yaml = fixture_yaml(with);
	struct config_errors errors = {};
	struct cluster *cluster = NULL;
	int r;

	r = fixture_load_text(yaml, NULL, &cluster, &errors);
	fixture_print(&errors);
	assert_int_equal(r, 0);
	assert_int_equal(errors.n, 0);
	return cluster;
}

#endif
