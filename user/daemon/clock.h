/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_CLOCK_H
#define STEER_DAEMON_CLOCK_H

#include "cluster/event_queue.h"

/* CLOCK_MONOTONIC, ns. */
uint64_t clock_now_ns(void);

/* Both clocks, for events. */
struct event_time clock_now(void);

#endif
