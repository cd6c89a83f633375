/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLUSTER_DIFF_H
#define STEER_CLUSTER_DIFF_H

#include "cluster/event_queue.h"

/**
 * DOC: from what was published before and what is decided now to events. docs/events.md lists them.
 *
 * Events come from here alone, never out of a decision. They go through a queue in the order they
 * happened (state.delayed), which whoever keeps the journal empties by delay_queue_pop(). A peer's
 * silence is delayed by a detection time: if most peers fall silent, one event says that this node
 * is cut off, and the silence of each is dropped from the queue. When peers come back, no change is
 * lost.
 */
/* Between decide() and state_published(). Return: 0; -ENOMEM: an event was lost. */
int diff(struct cluster_state *state, const struct event_time *now);

#endif
