/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_SERVICE_INDEX_H
#define STEER_DATAPATH_SERVICE_INDEX_H

#include "datapath/handle.h"
#include "steer/service_index.h"

/**
 * DOC: the index of services (include/steer/service_index.h). Every change creates a new inner map
 * of steer_index and swaps it in.
 */
struct service_index {
	struct steer_index_set *sets;
	int fd; /* of the new inner map; -1: the present one is equal */
	uint64_t digest;
};

/**
 * service_index_fill - compute the index of services.
 * @ret_index: to be released, also after a failure
 * @vips: the VIPs that the services refer to
 * @services: the services
 *
 * Services of prefixes and of any port, and services whose set is full, are not in the index; the
 * program finds them in the other maps. No map is written.
 *
 * Return: 0, -ENOMEM.
 */
int service_index_fill(struct service_index *ret_index, const struct datapath_vip *vips,
		       size_t n_vips, const struct datapath_service *services, size_t n_services);
void service_index_release(struct service_index *index);

/* Create the inner map if it differs from the present one. All allocation of memory is here. */
int service_index_prepare(const struct datapath *datapath, struct service_index *index);

/* Put the inner map into steer_index. */
int service_index_swap(struct datapath *datapath, const struct service_index *index);

#endif
