// SPDX-License-Identifier: GPL-2.0
#include "daemon/clock.h"

#include <time.h>

static uint64_t read_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

uint64_t clock_now_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

struct event_time clock_now(void)
{
	return (struct event_time){ clock_now_ns(), read_ns(CLOCK_REALTIME) / 1000 };
}
