/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_INDEX_H
#define STEER_DATAPATH_INDEX_H

#include "datapath/handle.h"
#include "steer/index.h"

/**
 * DOC: the index of services (include/steer/index.h), made anew and swapped as a whole.
 */

/* STEER_INDEX_BUCKETS of them, and where they go. */
struct index {
	struct steer_index_bucket *buckets;
	int fd; /* of a new inner map; -1: the one that packets see is the same */
	uint64_t digest;
};

/**
 * index_fill - put services into buckets.
 *
 * Those of prefixes and of any port, and one whose bucket is full, are for the other maps alone.
 * Nothing is written.
 *
 * Return: 0, -ENOMEM; to be released in any case.
 */
int index_fill(struct index *ret_index, const struct datapath_vip *vips, size_t n_vips,
	       const struct datapath_service *services, size_t n_services);
void index_release(struct index *index);

/* Make the map, if it differs from the one there is: all that can fail for want of memory. */
int index_prepare(const struct datapath *datapath, struct index *index);

/* Let packets see it. */
int index_swap(struct datapath *datapath, const struct index *index);

#endif
