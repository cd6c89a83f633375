/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_HEED_H
#define STEER_DAEMON_HEED_H

#include <jansson.h>

#include "daemon/daemon.h"

/**
 * DOC: who acts on what operators want.
 *
 * Each node announces a digest of the wishes it goes by: written into its maps first, announced
 * then. A peer that announces ours has seen what we announce, and its program steers by it. One
 * whose daemon is dead keeps announcing what it knew then, and is found out by that.
 */

/* Of the live nodes that are not active; the same on all nodes that agree on these. */
uint64_t heed_digest(const struct daemon *daemon);

/* The names of the live peers that go by other wishes than we do; a new reference. */
json_t *heed_missing(const struct daemon *daemon);

#endif
