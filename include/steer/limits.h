/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_LIMITS_H
#define STEER_LIMITS_H

/**
 * DOC: Limits of the data plane, the same for the program and user space.
 *
 * Ids are indices of arrays, so the packet path never hashes a name. Id 0 of a node means "none",
 * so an all-zero row or map value names no node.
 */

/* Layout of pins and maps. A change of any shared struct raises it. */
#define STEER_SCHEMA 8

#define STEER_MAX_NODES 1024 /* ids 1 … 1023, a power of two: ids are masked, not compared */
#define STEER_MAX_POOLS 1024
#define STEER_MAX_SERVICES 4096
#define STEER_MAX_VIPS 4096
#define STEER_MAX_INTERFACES 4	  /* network interfaces of one node */
#define STEER_MAX_OWN_MACS 256	  /* beside those of its interfaces */
#define STEER_MAX_ROUTERS 64	  /* routers whose plain S-BFD is answered */
#define STEER_MAX_FLOWS (1 << 22) /* entries of one service's flow table */

/* The pool of all nodes that run Steer: it chooses the node that sees all fragments of a datagram.
 */
#define STEER_POOL_CLUSTER (STEER_MAX_POOLS - 1)

#define STEER_NODE_NONE 0

#define STEER_RANKS 4
#define STEER_FALLBACKS 4      /* nodes that a row names beside its ranks */
#define STEER_FORMER 5	       /* former owners of a row for which it has no room */
#define STEER_TABLE_ROWS 65536 /* a power of two: a flow's hash is masked to find its row */

/* How many other rows are tried when no node of a row serves. */
#define STEER_PROBE_ROWS 3

#endif
