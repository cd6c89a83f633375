/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_SERVICE_INDEX_H
#define STEER_DATAPATH_SERVICE_INDEX_H

#include "datapath/handle.h"
#include "steer/service_index.h"

/**
 * DOC: the index of services (include/steer/service_index.h), made anew and swapped as a whole.
 */

/* STEER_INDEX_SETS of them, and where they go. */
struct service_index {
	struct steer_index_set *buckets;
	int fd; /* of a new inner map; -1: the one that packets see is the same */
	uint64_t digest;
};

/**
 * service_index_fill - put services into buckets.
 *
 * Those of prefixes and of any port, and one whose bucket is full, are for the other maps alone.
 * Nothing is written.
 *
 * Return: 0, -ENOMEM; to be released in any case.
 */
int service_index_fill(struct service_index *ret_index, const struct datapath_vip *vips,
		       size_t n_vips, const struct datapath_service *services, size_t n_services);
void service_index_release(struct service_index *index);

/* Make the map, if it differs from the one there is: all that can fail for want of memory. */
int service_index_prepare(const struct datapath *datapath, struct service_index *index);

/* Let packets see it. */
int service_index_swap(struct datapath *datapath, const struct service_index *index);

#endif
