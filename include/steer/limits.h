/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_LIMITS_H
#define STEER_LIMITS_H

/**
 * DOC: limits of the data plane, the same for the program and user space.
 *
 * Ids index arrays, so that the packet path never hashes a name: 0 is "none" for nodes, which makes
 * an all-zero row, map value or packet mean "nobody".
 */

/* Layout of pins and maps. A change of any shared struct raises it. */
#define STEER_SCHEMA 7

#define STEER_MAX_NODES 1024 /* ids 1 … 1023, a power of two: ids are masked, not compared */
#define STEER_MAX_POOLS 1024
#define STEER_MAX_SERVICES 4096
#define STEER_MAX_VIPS 4096
#define STEER_MAX_INTERFACES 4	  /* network interfaces of one node */
#define STEER_MAX_ROUTERS 64	  /* whose plain S-BFD is answered */
#define STEER_MAX_FLOWS (1 << 22) /* entries of one service's flow table */

/* The pool of all nodes that run Steer: who of them sees all fragments of a datagram. */
#define STEER_POOL_CLUSTER (STEER_MAX_POOLS - 1)

#define STEER_NODE_NONE 0

#define STEER_RANKS 4
#define STEER_FALLBACKS 4      /* nodes a row knows beside its ranks */
#define STEER_TABLE_ROWS 65536 /* a power of two: a flow's hash is masked to find its row */

/* When nobody in a row serves, this many rows are tried instead before giving up. */
#define STEER_PROBE_ROWS 3

#endif
