/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLUSTER_EPOCH_H
#define STEER_CLUSTER_EPOCH_H

#include "cluster/state.h"

/**
 * DOC: does this node know enough of the cluster to let a client's connection be reset?
 *
 * Two things in the program's settings say so. The epoch is a number for the tables and the live
 * nodes as this node sees them. Packets that search for their connection carry it: a search through
 * nodes of different epochs ends without a reset. The flag STEER_CONVERGING is set for as long as
 * this node knows that it may be wrong.
 */

/**
 * epoch_combine - the number of an epoch.
 * @rest: all that is not a matter of which nodes are live
 * @live: ids of the live nodes, in any order
 *
 * There are only STEER_EPOCHS numbers, so any two epochs may have the same. But two that differ in
 * one node do not: nodes that cannot reach each other differ in that, while all others reach both.
 *
 * Return: 1 … STEER_EPOCHS.
 */
uint8_t epoch_combine(uint64_t rest, const uint16_t *live, size_t n);

/* The number for our tables and the decided state bytes: equal on nodes that agree on both. */
uint8_t epoch_number(const struct cluster_state *state);

/**
 * epoch_is_converging - is this node still converging?
 *
 * It is while it is cut off, just after peers came back, and while live peers have other tables.
 * That they have for long is a fault, which convergence.h finds, and no excuse any more.
 */
bool epoch_is_converging(struct cluster_state *state, uint64_t now_ns);

/* When that changes by time; UINT64_MAX: never. */
uint64_t epoch_due_ns(const struct cluster_state *state, uint64_t now_ns);

/* Whether the decided state bytes take another set of nodes to be live than the published ones. */
bool epoch_changes(const struct cluster_state *state);

#endif
