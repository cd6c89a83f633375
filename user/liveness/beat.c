// SPDX-License-Identifier: GPL-2.0
#include "liveness/beat.h"

/* Slots shorter than that are not worth waking up for. */
#define BEAT_SLOT_MIN_NS 250000ULL

void beat_start(struct beat *beat, uint64_t now_ns)
{
	beat->next_ns = now_ns;
}

void beat_divide(struct beat *beat, uint64_t interval_ns, size_t n_peers, size_t batch)
{
	uint64_t most = interval_ns / BEAT_SLOT_MIN_NS;
	uint64_t wanted = (n_peers + batch - 1) / batch;

	if (wanted > most)
		wanted = most;
	beat->interval_ns = interval_ns;
	beat->n_slots = wanted ? wanted : 1;
	beat->slot %= beat->n_slots;
}

bool beat_take(struct beat *beat, uint64_t now_ns, unsigned int *ret_slot)
{
	if (now_ns < beat->next_ns)
		return false;
	if (now_ns > beat->next_ns + beat->interval_ns / 2)
		beat->next_ns = now_ns;
	*ret_slot = beat->slot;
	beat->slot = (beat->slot + 1) % beat->n_slots;
	beat->next_ns += beat->interval_ns / beat->n_slots;
	return true;
}
