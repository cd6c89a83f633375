/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_STATUS_JSON_H
#define STEER_DAEMON_STATUS_JSON_H

#include <jansson.h>

#include "daemon/daemon.h"

/**
 * DOC: the daemon's state as JSON, in the shapes that docs/control.md describes. Reads only.
 *
 * Each function returns a new reference. @name picks one object; NULL: all.
 */
json_t *status_json_status(struct daemon *daemon, bool *ret_degraded);
json_t *status_json_nodes(struct daemon *daemon, const char *name);
json_t *status_json_pools(struct daemon *daemon, const char *name);
json_t *status_json_services(struct daemon *daemon, const char *name);

/* {packets, bytes} */
json_t *status_json_counter(const struct steer_counter *counter);

/* How peers are probed, and what of their answers was refused. */
json_t *status_json_probing(struct daemon *daemon);

/* What became of the probes to a peer. */
json_t *status_json_probes(const struct prober_counters *counters);

/* Everything that an operator should look at, in words: an array of strings. */
json_t *status_json_degraded(const struct daemon *daemon);

/* 16 hexadecimal digits. */
json_t *status_json_hex(uint64_t value);

/* Seconds from a time of clock_now_ns() until now. */
double status_json_since_s(uint64_t then_ns);

/* "self", "up", "down", "unknown". */
const char *status_json_liveness(const struct daemon *daemon, const struct cluster_node *node);

/* A member's state: "serving", "down", "unreachable", an admin state, "ready" or "unhealthy". */
const char *status_json_member(const struct daemon *daemon, const struct pool *pool,
			       const struct cluster_node *node);

/* The name of a pool's active member; NULL: none, or the pool is active-active. */
const char *status_json_active(const struct daemon *daemon, const struct pool *pool);

#endif
