/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_LAYOUT_H
#define STEER_DAEMON_LAYOUT_H

#include "daemon/daemon.h"

/**
 * DOC: what a configuration becomes in the maps, complete before the first map is written: which
 * index every name gets, VIPs, services, settings. Tables are built one by one, as each takes a
 * megabyte.
 */
struct layout {
	struct slots pool_slots, service_slots, vip_slots;
	struct datapath_vip *vips;
	size_t n_vips;
	struct datapath_service *services;
	struct datapath_peer *peers; /* who may send GUE */
	size_t n_peers;
	struct steer_settings settings;
};

/**
 * layout_make - lay a cluster out, names that are known keeping their indices.
 * @layout: zeroed; to be freed with layout_free(), also on failure
 *
 * Return: 0, -ENOSPC when the indices do not suffice, -ENOMEM.
 */
int layout_make(const struct daemon *daemon, const struct cluster *cluster, struct layout *layout);
void layout_free(struct layout *layout);

/* Whether a node runs Steer itself: probes it, sends and takes GUE, collects fragments. */
bool layout_runs_steer(const struct cluster_node *node);

/* The interfaces a node runs Steer on. */
size_t layout_n_interfaces(const struct cluster_node *node);
const char *layout_interface(const struct cluster_node *node, size_t i);

/*
 * IPIP has no ports for a hash: the source of a way of that kind becomes any address of the
 * configured prefix, if there is one. @value: complete otherwise.
 */
void layout_tunnel_source(const struct cluster *cluster, struct steer_node *value);

/* The cluster's keys, as settings hold them. */
void layout_keys(const struct cluster *cluster, struct steer_settings *settings);

#endif
