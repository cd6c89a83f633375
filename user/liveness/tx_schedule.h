/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_LIVENESS_TX_SCHEDULE_H
#define STEER_LIVENESS_TX_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * DOC: when whose probes are due. Pure: time is passed in.
 *
 * An interval is divided into slots, as many as it takes for a slot's peers to fit into one batch
 * of datagrams: one system call sends them, one receives their answers, and no receive ring is
 * flooded by the answers of hundreds at once. Peers that all fit into one batch are one slot, or
 * the machine would wake up for each. There is no jitter (RFC 5880, section 6.8.7): reflectors
 * answer at once, so there is no rhythm that nodes could fall into together.
 */
struct tx_schedule {
	uint64_t interval_ns;
	unsigned int n_slots; /* at least 1 */
	unsigned int slot;    /* the next one */
	uint64_t next_ns;     /* when it is due */
};

/* Begin at once. */
void tx_schedule_start(struct tx_schedule *schedule, uint64_t now_ns);

/* For so many peers; @batch: datagrams that are sent at once. */
void tx_schedule_divide(struct tx_schedule *schedule, uint64_t interval_ns, size_t n_peers,
			size_t batch);

/**
 * tx_schedule_take - is a slot due?
 * @ret_slot: which; every peer belongs to the one of its node's id modulo the number of slots
 *
 * To be called until it says no: slots that were missed by a little are made up for. After a pause
 * the beat goes on from now, without a burst.
 */
bool tx_schedule_take(struct tx_schedule *schedule, uint64_t now_ns, unsigned int *ret_slot);

#endif
