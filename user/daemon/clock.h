/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_CLOCK_H
#define STEER_DAEMON_CLOCK_H

#include "cluster/diff.h"

/* CLOCK_MONOTONIC, ns. */
uint64_t clock_now_ns(void);

/* Both clocks, for events. */
struct diff_time clock_now(void);

#endif
