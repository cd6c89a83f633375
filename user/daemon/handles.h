/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_HANDLES_H
#define STEER_DAEMON_HANDLES_H

#include "daemon/daemon.h"

/* Everything empty but the options. Return: a daemon, NULL when out of memory. */
struct daemon *daemon_new(const struct daemon_options *options);
/* Ends probes and checks and closes the datapath, which steers on. NULL is fine. */
void daemon_free(struct daemon *daemon);

#endif
