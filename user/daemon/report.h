/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_REPORT_H
#define STEER_DAEMON_REPORT_H

#include <jansson.h>

#include "daemon/daemon.h"

/**
 * DOC: the daemon's state as JSON, in the shapes docs/control.md describes. Reads only.
 *
 * Each function returns a new reference. @name picks one object; NULL: all.
 */
json_t *report_status(struct daemon *daemon, bool *ret_degraded);
json_t *report_nodes(struct daemon *daemon, const char *name);
json_t *report_pools(struct daemon *daemon, const char *name);
json_t *report_services(struct daemon *daemon, const char *name);

/* {packets, bytes} */
json_t *report_counter(const struct steer_counter *counter);

/* How peers are probed, and what of their answers was refused. */
json_t *report_probing(struct daemon *daemon);

/* What became of the probes to a peer. */
json_t *report_probes(const struct prober_counters *counters);

#endif
