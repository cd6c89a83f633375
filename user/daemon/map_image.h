/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_MAP_IMAGE_H
#define STEER_DAEMON_MAP_IMAGE_H

#include "daemon/daemon.h"

/**
 * DOC: a configuration as map values, complete before the first map is written: the index of every
 * name, VIPs, services, peers, settings. Tables are built one by one, as each takes a megabyte.
 */
struct map_image {
	struct index_alloc pool_index, service_index, vip_index;
	struct datapath_vip *vips;
	size_t n_vips;
	struct datapath_service *services;
	struct datapath_peer *peers; /* who may send GUE */
	size_t n_peers;
	struct steer_settings settings;
};

/**
 * map_image_make - names that are known keep their indices.
 * @image: zeroed; to be freed with map_image_free(), also on failure
 *
 * Return: 0, -ENOSPC when the indices do not suffice, -ENOMEM.
 */
int map_image_make(const struct daemon *daemon, const struct cluster *cluster,
		   struct map_image *image);
void map_image_free(struct map_image *image);

/* The name that a VIP's index goes by. */
const char *map_image_vip_name(const struct cluster_service *service,
			       char buffer[CLUSTER_NAME_MAX]);

/*
 * IPIP has no ports for a hash: the outer source of such a packet becomes any address of the
 * configured prefix, if there is one. @value: complete otherwise.
 */
void map_image_tunnel_source(const struct cluster *cluster, struct steer_node *value);

/* The cluster's keys, as settings hold them. */
void map_image_keys(const struct cluster *cluster, struct steer_settings *settings);

#endif
