/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_CLOCK_H
#define TESTS_CLOCK_H

#include <time.h>

/* CLOCK_MONOTONIC, which bpf_ktime_get_ns() reads, too. */
static inline long long clock_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

#endif
