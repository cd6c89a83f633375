/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_SLOTS_H
#define STEER_DAEMON_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#include "config/cluster.h"

/**
 * DOC: which index of the maps belongs to which name.
 *
 * The packet path knows pools and services by an index. A name keeps its index for as long as it is
 * configured, whatever is added or removed around it: a packet in the middle of a reload finds the
 * table of its own pool, and a service keeps its counters. Pure bookkeeping.
 */
struct slots {
	size_t size;
	char (*name)[CLUSTER_NAME_MAX]; /* empty: free */
};

#define SLOT_NONE SIZE_MAX

int slots_init(struct slots *slots, size_t size);
void slots_free(struct slots *slots);

/* Return: the slot of a name, or SLOT_NONE. */
size_t slots_find(const struct slots *slots, const char *name);

/* The slot of a name, a free one if it has none yet. Return: the slot, or SLOT_NONE when all are
 * taken. */
size_t slots_assign(struct slots *slots, const char *name);

/* Give a name this very slot. Return: 0, -EBUSY if the slot or the name is taken already. */
int slots_claim(struct slots *slots, size_t slot, const char *name);

/* Take a copy. Return: 0, -ENOMEM. */
int slots_copy(struct slots *to, const struct slots *from);

#endif
