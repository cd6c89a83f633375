/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_UNIT_EVENTS_SAMPLE_H
#define TESTS_UNIT_EVENTS_SAMPLE_H

#include "events/event.h"

/* A node that died, as one of its peers saw it. */
static inline struct event sample_event(uint64_t sequence)
{
	return (struct event){
		.sequence = sequence,
		.time_us = 1764000000123456,
		.kind = EVENT_LIVENESS,
		.scope = EVENT_SCOPE_NODE,
		.severity = EVENT_SEVERITY_WARNING,
		.node = "n3",
		.old = "up",
		.new = "down",
		.cause = "no answer to 3 probes",
		.detection_us = 30900,
		.generation = 2,
	};
}

#endif
