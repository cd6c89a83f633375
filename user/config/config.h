/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_CONFIG_H
#define STEER_CONFIG_CONFIG_H

#include "config/cluster.h"
#include "config/errors.h"

/**
 * DOC: reads a configuration: a YAML file and its key file become a struct cluster.
 *
 * Reading is strict: unknown and duplicate keys are errors with a suggestion, every value is
 * checked, and one run reports all errors. The module depends on no other one of the daemon.
 */

/**
 * config_load - read and check a configuration.
 * @path: the YAML file
 * @self_name: name of this node; NULL: the file's "self:", or else the host name
 * @ret_cluster: the cluster, on success; free with cluster_free()
 * @ret_errors: the errors, with -EINVAL; free with config_errors_free()
 *
 * Return: 0; -EINVAL if the file is wrong or cannot be read (with at least one error); -ENOMEM.
 */
int config_load(const char *path, const char *self_name, struct cluster **ret_cluster,
		struct config_errors *ret_errors);

#endif
