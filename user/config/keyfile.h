/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_KEYFILE_H
#define STEER_CONFIG_KEYFILE_H

#include "config/cluster.h"
#include "config/errors.h"

/**
 * DOC: the cluster's secrets: a file that nobody else can read.
 *
 * It holds 64 hexadecimal digits, the flow key and the tag key; or each of them in a line of its
 * own, with a word in front, so that a tag key can be replaced without the flow key, which decides
 * which flow goes where.
 */

/**
 * keyfile_read - read the keys.
 * @path: absolute or relative to the current directory
 * @at: where the configuration names it, for errors
 * @cluster: its keys are filled in; untouched on failure
 *
 * Return: 0; -EINVAL with an error added.
 */
int keyfile_read(const char *path, struct position at, struct errors *errors,
		 struct cluster *cluster);

#endif
