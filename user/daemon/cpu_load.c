// SPDX-License-Identifier: GPL-2.0
#include "daemon/cpu_load.h"

#include <inttypes.h>

bool cpu_load_read(struct cpu_load *load, FILE *stat)
{
	/* Time that a host took away (steal) is time that is not ours, so the CPU was busy. */
	uint64_t user, nice, system, idle, iowait, irq, softirq, steal, busy, all;
	uint8_t before = load->percent;

	if (fscanf(stat,
		   "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %" SCNu64 " %" SCNu64,
		   &user, &nice, &system, &idle, &iowait, &irq, &softirq, &steal) != 8)
		return false;
	busy = user + nice + system + irq + softirq + steal;
	all = busy + idle + iowait;
	/* Idle time may run backwards a little. */
	if (load->all && all > load->all && busy >= load->busy) {
		uint64_t percent = 100 * (busy - load->busy) / (all - load->all);

		load->percent = percent > 100 ? 100 : percent;
	}
	load->busy = busy;
	load->all = all;
	return load->percent != before;
}
