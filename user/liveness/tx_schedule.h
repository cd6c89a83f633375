/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_LIVENESS_TX_SCHEDULE_H
#define STEER_LIVENESS_TX_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * DOC: the transmit schedule of probes. Pure: time is passed in.
 *
 * An interval is divided into as many slots as it takes for the peers of one slot to fit into one
 * batch of datagrams. Then one system call sends a slot's probes and one receives their answers,
 * and the answers of hundreds of peers do not flood a receive ring at once. Peers that all fit into
 * one batch share one slot, as a slot for each peer would wake the machine up more often. There is
 * no jitter, unlike in RFC 5880, section 6.8.7: reflectors answer at once, so nodes cannot
 * synchronise.
 */
struct tx_schedule {
	uint64_t interval_ns;
	unsigned int n_slots; /* at least 1 */
	unsigned int slot;    /* the next one */
	uint64_t next_ns;     /* when it is due */
};

/* Make the next slot due now. */
void tx_schedule_start(struct tx_schedule *schedule, uint64_t now_ns);

/* Divide the interval into slots for @n_peers peers; @batch: datagrams per system call. */
void tx_schedule_divide(struct tx_schedule *schedule, uint64_t interval_ns, size_t n_peers,
			size_t batch);

/**
 * tx_schedule_take - take the next slot if it is due.
 * @ret_slot: the slot; a peer is in slot (node id modulo n_slots)
 *
 * To be called until it returns false, as slots that were missed by less than half an interval are
 * made up for. After a longer pause the schedule continues from now, without a burst.
 *
 * Return: true if a slot was due.
 */
bool tx_schedule_take(struct tx_schedule *schedule, uint64_t now_ns, unsigned int *ret_slot);

#endif
