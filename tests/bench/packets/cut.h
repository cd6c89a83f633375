/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BENCH_CUT_H
#define STEER_BENCH_CUT_H

#include "bench.h"

/* What each stage of the program costs a packet that is forwarded: a table. For -s. */
int cut_run(struct bench *bench);

#endif
