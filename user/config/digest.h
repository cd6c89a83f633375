/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_DIGEST_H
#define STEER_CONFIG_DIGEST_H

#include <stdint.h>

#include "config/cluster.h"

/**
 * DOC: digests of configurations: SipHash-2-4 over a canonical form of struct cluster. Pure.
 *
 * The canonical form has the fields in the order of cluster.h, every number as one 64-bit word and
 * every text with its length in front, so different clusters have different forms. Nodes compare
 * their digests: a change of a form must raise its version. The digest of the pools decides whether
 * a node uses the health bits of another, also while nodes are upgraded one by one, so it has a
 * version of its own.
 */
#define DIGEST_VERSION 2
#define DIGEST_POOLS_VERSION 1

/* Digest of everything but self, the tag keys and the digests. */
uint64_t digest_cluster(const struct cluster *cluster);

/* Digest of the pools' names in order, and of whether each has a history. */
uint64_t digest_pools(const struct cluster *cluster);

#endif
