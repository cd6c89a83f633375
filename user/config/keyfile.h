/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_KEYFILE_H
#define STEER_CONFIG_KEYFILE_H

#include "config/cluster.h"
#include "config/errors.h"

/**
 * DOC: the key file: the secrets of a cluster, readable by the daemon's user only.
 *
 * It has 64 hexadecimal digits: the flow key and the tag key. Or it has each key on a line of its
 * own, behind "flow-key" or "tag-key", and may have two tag keys: then the tag key can be replaced
 * while the flow key, which decides the owner of every flow, stays.
 */

/**
 * keyfile_read - read the keys.
 * @path: absolute, or relative to the current directory
 * @at: position of its name in the configuration, for errors
 * @errors: takes the error, with -EINVAL
 * @cluster: gets the keys; unchanged on failure
 *
 * Return: 0; -EINVAL with an error added.
 */
int keyfile_read(const char *path, struct position at, struct errors *errors,
		 struct cluster *cluster);

#endif
