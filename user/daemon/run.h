/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_RUN_H
#define STEER_DAEMON_RUN_H

#include "daemon/options.h"

/**
 * DOC: the daemon's life: start, signals, reload, end.
 */

/**
 * run_daemon - load the configuration, take over the datapath, serve until told to end.
 * Return: how the process shall exit.
 */
enum daemon_exit run_daemon(const struct daemon_options *options);

#endif
