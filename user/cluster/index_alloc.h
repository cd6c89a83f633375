/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLUSTER_INDEX_ALLOC_H
#define STEER_CLUSTER_INDEX_ALLOC_H

#include <stddef.h>
#include <stdint.h>

#include "config/cluster.h"

/**
 * DOC: which index of the maps belongs to which name.
 *
 * The packet path knows pools, services and VIPs by an index. A name keeps its index for as long as
 * it is configured, whatever is added or removed around it: a packet in the middle of a reload
 * finds the table of its own pool, and a service keeps its counters.
 */
struct index_alloc {
	size_t size;
	char (*name)[CLUSTER_NAME_MAX]; /* by index; empty: free */
};

#define INDEX_NONE SIZE_MAX

/* Return: 0, -ENOMEM. */
int index_alloc_init(struct index_alloc *alloc, size_t size);
void index_alloc_free(struct index_alloc *alloc);

/* Return: the index of a name, or INDEX_NONE. */
size_t index_alloc_find(const struct index_alloc *alloc, const char *name);

/* Return: the index of a name, a free one if it has none yet; INDEX_NONE when all are taken. */
size_t index_alloc_assign(struct index_alloc *alloc, const char *name);

/* Give a name this very index. Return: 0, -EBUSY if the index or the name is taken already. */
int index_alloc_claim(struct index_alloc *alloc, size_t index, const char *name);

/* Free an index. */
void index_alloc_release(struct index_alloc *alloc, size_t index);

/* Exchange the contents of two. */
void index_alloc_swap(struct index_alloc *a, struct index_alloc *b);

/* Replace @to by a copy of @from. Return: 0, -ENOMEM with @to untouched. */
int index_alloc_copy(struct index_alloc *to, const struct index_alloc *from);

#endif
