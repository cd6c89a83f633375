/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_START_H
#define STEER_DAEMON_START_H

#include "daemon/options.h"

/**
 * DOC: the daemon's start: everything is opened in an order in which each failure leaves the
 * program steering as it was.
 */

/**
 * run_daemon - load the configuration, take over the datapath, serve until a signal ends it.
 * Return: how the process shall exit.
 */
enum daemon_exit run_daemon(const struct daemon_options *options);

#endif
