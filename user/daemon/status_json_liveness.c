// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "daemon/status_json.h"

/* Answers refused so far, by reason; always all of them. */
static json_t *rejects_json(struct daemon *daemon)
{
	uint64_t rejects[LIVENESS_REJECTS];
	json_t *reasons = json_object();

	liveness_get_rejects(daemon->liveness, rejects);
	for (int i = LIVENESS_OK + 1; i < LIVENESS_REJECTS; i++)
		json_object_set_new(reasons, liveness_reject_name(i),
				    json_integer((json_int_t)rejects[i]));
	return reasons;
}

json_t *status_json_probing(struct daemon *daemon)
{
	const struct cluster_liveness *liveness = &daemon->state->config->liveness;

	return json_pack("{s:i, s:i, s:i, s:b, s:b, s:o}", "interval_ms",
			 (int)liveness->interval_ms, "multiplier", (int)liveness->multiplier,
			 "rise", (int)liveness->rise, "realtime",
			 !liveness_get_refused(daemon->liveness), "memory_locked",
			 !daemon->unlocked, "rejected", rejects_json(daemon));
}

json_t *status_json_probes(const struct prober_counters *counters)
{
	return json_pack(
		"{s:I, s:I, s:I, s:I, s:o, s:o}", "sent", (json_int_t)counters->sent, "answered",
		(json_int_t)counters->answered, "unsent", (json_int_t)counters->unsent, "rejected",
		(json_int_t)counters->rejected, "rejected_last",
		counters->last_reject ? json_string(liveness_reject_name(counters->last_reject))
				      : json_null(),
		"unsent_last",
		counters->send_error ? json_string(strerror(-counters->send_error)) : json_null());
}
