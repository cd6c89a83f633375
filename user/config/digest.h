/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_DIGEST_H
#define STEER_CONFIG_DIGEST_H

#include <stdint.h>

#include "config/cluster.h"

/**
 * DOC: numbers to compare clusters by: SipHash-2-4 over a canonical form of the model. Pure.
 *
 * The canonical form is the fields in the order of cluster.h, every number as one 64-bit word,
 * every text with its length in front, so that no two models have the same. They are compared
 * between nodes: a change of a form raises its version. That of the pools decides whether nodes
 * heed each other's health bits, also while they are upgraded one by one: it changes on its own.
 */
#define DIGEST_VERSION 2
#define DIGEST_POOLS_VERSION 1

/* Of everything but self and the digests. */
uint64_t digest_cluster(const struct cluster *cluster);

/* Of the pool names in order. */
uint64_t digest_pools(const struct cluster *cluster);

#endif
