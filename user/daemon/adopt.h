/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_ADOPT_H
#define STEER_DAEMON_ADOPT_H

#include "daemon/daemon.h"

/**
 * DOC: a daemon that takes over maps finds out which index belongs to which name.
 *
 * The maps do not hold names, but what clients address: a VIP and a port of the configuration that
 * is in the maps already tells the indices of its service and pool. So tables and counters stay
 * with their names over a restart, and packets under way find the table of their own pool.
 */
void adopt_slots(struct daemon *daemon, const struct cluster *cluster);

/* Keep the tables of these slots within reach without CAP_SYS_ADMIN, as far as that is there yet.
 */
void adopt_tables(struct daemon *daemon, const struct cluster *cluster);

/* The name a VIP's slot goes by. */
const char *adopt_vip_name(const struct cluster_service *service, char buffer[CLUSTER_NAME_MAX]);

#endif
