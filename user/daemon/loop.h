/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_LOOP_H
#define STEER_DAEMON_LOOP_H

#include "control/message.h"
#include "daemon/daemon.h"

/**
 * DOC: what wakes the daemon: callbacks of the modules, signals, and a look around once a second.
 *
 * Callbacks only write inputs (cluster/inputs.h) and ask for a publication.
 */

/* Adds signals and timers to the event loop. Return: 0 or a negative errno. */
int loop_init(struct daemon *daemon);

/* Reads the configuration; logs every error. Return: 0 or a negative errno, with the first error.
 */
int loop_load_config(const struct daemon_options *options, struct cluster **ret_config,
		     char ret_first_error[CONTROL_MESSAGE_MAX]);

/* Callbacks of liveness.h; all that comes together is published once, at its end. */
void loop_on_liveness(void *context, uint16_t node, enum liveness_state liveness,
		      uint64_t silent_ns);
void loop_on_report(void *context, uint16_t node, const struct liveness_report *report);
void loop_on_batch_end(void *context);

/* checker_changed_fn */
void loop_on_health(void *context, uint16_t pool, uint16_t node, enum health_verdict verdict,
		    const char *detail);

#endif
