/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLI_DIRECTORY_H
#define STEER_CLI_DIRECTORY_H

#include <stdint.h>

#include "cli/cli.h"

/**
 * DOC: Names of nodes, services and pools by the ids that the program uses.
 *
 * The daemon has the names. Without a daemon ids are printed as numbers; all else works.
 */
struct directory {
	json_t *nodes, *services, *pools; /* arrays; NULL: no daemon */
};

/* Asks the daemon. No daemon is no error: the directory is empty then. */
void directory_load(const struct cli *cli, struct directory *ret_directory);
void directory_clear(struct directory *directory);

enum directory_kind { DIRECTORY_NODE, DIRECTORY_SERVICE, DIRECTORY_POOL };

#define DIRECTORY_NAME_MAX 80

/* The name, or "node 7" if the directory does not have it. Return: buffer. */
const char *directory_name(const struct directory *directory, enum directory_kind kind, uint16_t id,
			   char buffer[DIRECTORY_NAME_MAX]);

/* By name or by decimal id. Return: 0, -ENOENT. */
int directory_find(const struct directory *directory, enum directory_kind kind, const char *name,
		   uint16_t *ret_id);

#endif
