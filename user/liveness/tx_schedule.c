// SPDX-License-Identifier: GPL-2.0
#include "liveness/tx_schedule.h"

/* A shorter slot is not worth a wake-up. */
#define SLOT_MIN_NS 250000ULL

void tx_schedule_start(struct tx_schedule *schedule, uint64_t now_ns)
{
	schedule->next_ns = now_ns;
}

void tx_schedule_divide(struct tx_schedule *schedule, uint64_t interval_ns, size_t n_peers,
			size_t batch)
{
	uint64_t most = interval_ns / SLOT_MIN_NS;
	uint64_t wanted = (n_peers + batch - 1) / batch;

	if (wanted > most)
		wanted = most;
	schedule->interval_ns = interval_ns;
	schedule->n_slots = wanted ? wanted : 1;
	schedule->slot %= schedule->n_slots;
}

bool tx_schedule_take(struct tx_schedule *schedule, uint64_t now_ns, unsigned int *ret_slot)
{
	if (now_ns < schedule->next_ns)
		return false;
	if (now_ns > schedule->next_ns + schedule->interval_ns / 2)
		schedule->next_ns = now_ns;
	*ret_slot = schedule->slot;
	schedule->slot = (schedule->slot + 1) % schedule->n_slots;
	schedule->next_ns += schedule->interval_ns / schedule->n_slots;
	return true;
}
