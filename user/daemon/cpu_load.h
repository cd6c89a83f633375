/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_CPU_LOAD_H
#define STEER_DAEMON_CPU_LOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * DOC: how busy this machine's CPUs are, for others to see. Nothing is decided by it.
 */
struct cpu_load {
	uint64_t busy, all; /* since boot, in ticks of all CPUs; 0: not read yet */
	uint8_t percent;    /* between the last two readings */
};

/**
 * cpu_load_read - take another reading.
 * @stat: what /proc/stat has (proc(5)), from its beginning
 *
 * Return: whether the percentage is another one now. What cannot be read changes nothing.
 */
bool cpu_load_read(struct cpu_load *load, FILE *stat);

#endif
