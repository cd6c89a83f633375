/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BENCH_REPORT_H
#define STEER_BENCH_REPORT_H

#include <jansson.h>

#include "bench.h"

/* A table and ratios on the screen. Return: how many cases have no figure, but should. */
int report_print(struct bench *bench);

/* {"l2_v4": {"flows_1": {"median": …, "min": …}, …}, …, "ratios": {…}}; NULL: out of memory. */
json_t *report_json(struct bench *bench);

#endif
