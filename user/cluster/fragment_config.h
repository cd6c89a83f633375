/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLUSTER_FRAGMENT_CONFIG_H
#define STEER_CLUSTER_FRAGMENT_CONFIG_H

#include "config/cluster.h"

/**
 * fragment_config_make - the fragment pool, as if it were configured: all nodes that run Steer.
 * @ret_pool: its members to be freed
 *
 * Return: 0, -ENOMEM.
 */
int fragment_config_make(const struct cluster *config, struct cluster_pool *ret_pool);

#endif
