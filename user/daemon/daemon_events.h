/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_DAEMON_EVENTS_H
#define STEER_DAEMON_DAEMON_EVENTS_H

#include "daemon/daemon.h"

/**
 * DOC: events about this daemon itself: its life, its program, its configuration. Those about the
 * cluster come from cluster/diff.h.
 */

/* The daemon begins. @config: the configuration to come */
void daemon_event_started(struct daemon *daemon, const struct cluster *config);
/* … and ends. */
void daemon_event_ended(struct daemon *daemon, const struct cluster *config, const char *cause);

/* The program on our i-th interface is "attached", "adopted", "replaced" or "detached". @old: NULL
 * for none */
void daemon_event_program(struct daemon *daemon, const struct cluster *config, size_t i,
			  const char *old, const char *new);

/* A configuration is in effect, or refused. @old: the generation before; @error: NULL: it is all
 * in effect */
void daemon_event_config(struct daemon *daemon, const struct cluster *config, uint32_t old,
			 const char *error);

#endif
