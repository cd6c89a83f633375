// SPDX-License-Identifier: GPL-2.0
#include "liveness/session.h"

#include <string.h>

const char *liveness_state_name(enum liveness_state state)
{
	static const char *const names[] = {
		[LIVENESS_UNKNOWN] = "unknown",
		[LIVENESS_UP] = "up",
		[LIVENESS_DOWN] = "down",
	};

	return names[state];
}

_Static_assert((LIVENESS_WINDOW & (LIVENESS_WINDOW - 1)) == 0,
	       "consecutive sequences must have consecutive slots, also when they wrap");

enum liveness_probe liveness_session_fate(const struct liveness_session *session, uint64_t sequence)
{
	uint32_t slot = sequence % LIVENESS_WINDOW;

	if (session->probe[slot].sequence != sequence)
		return LIVENESS_PROBE_NONE;
	return session->probe[slot].fate;
}

/* The only place where the state changes. */
static bool set_state(struct liveness_session *session, enum liveness_state state, uint64_t now_ns)
{
	session->state = state;
	session->changed_ns = now_ns;
	return true;
}

void liveness_session_init(struct liveness_session *session, uint64_t first_sequence,
			   uint64_t now_ns)
{
	memset(session, 0, sizeof(*session));
	session->next_sequence = first_sequence;
	session->changed_ns = now_ns;
}

uint64_t liveness_session_next(const struct liveness_session *session)
{
	return session->next_sequence;
}

void liveness_session_sent(struct liveness_session *session, uint64_t now_ns)
{
	uint32_t slot = session->next_sequence % LIVENESS_WINDOW;

	session->probe[slot].sequence = session->next_sequence++;
	session->probe[slot].fate = LIVENESS_PROBE_SENT;
	session->probe[slot].sent_ns = now_ns;
	if (session->unanswered < LIVENESS_WINDOW)
		session->unanswered++;
}

void liveness_session_unsent(struct liveness_session *session)
{
	if (session->unsent < LIVENESS_WINDOW)
		session->unsent++;
}

bool liveness_session_answer(struct liveness_session *session, uint64_t sequence, uint64_t now_ns)
{
	uint32_t slot = sequence % LIVENESS_WINDOW;

	if (liveness_session_fate(session, sequence) != LIVENESS_PROBE_SENT)
		return false;
	/*
	 * "In a row" is judged by the sequences, not by outstanding probes: on a path whose round
	 * trip is longer than the interval, some probe always is outstanding.
	 */
	if (liveness_session_fate(session, sequence - 1) != LIVENESS_PROBE_ANSWERED)
		session->answers = 0;
	session->answers++;
	session->unanswered = 0;
	session->probe[slot].fate = LIVENESS_PROBE_ANSWERED;
	if (now_ns >= session->probe[slot].sent_ns)
		session->rtt_ns = now_ns - session->probe[slot].sent_ns;
	session->last_answer_ns = now_ns;
	return true;
}

uint64_t liveness_session_due(const struct liveness_session *session,
			      const struct liveness_timing *timing)
{
	uint64_t first = session->next_sequence - session->unanswered;
	uint64_t last = first + timing->multiplier - 1;
	uint64_t patience_ns = timing->interval_ns - timing->interval_ns / 4;
	uint64_t all_ns, last_ns;

	if (session->state == LIVENESS_DOWN || session->unanswered < timing->multiplier)
		return UINT64_MAX;
	all_ns = session->probe[first % LIVENESS_WINDOW].sent_ns +
		 (timing->multiplier - 1) * timing->interval_ns + patience_ns;
	/* Equal on a steady schedule; after a pause, the last probe needs its time, too. */
	last_ns = session->probe[last % LIVENESS_WINDOW].sent_ns + patience_ns;
	return all_ns > last_ns ? all_ns : last_ns;
}

/* Never an answer, in enough attempts and time. */
static bool has_not_come(const struct liveness_session *session,
			 const struct liveness_timing *timing, uint64_t now_ns)
{
	return session->state == LIVENESS_UNKNOWN && !session->last_answer_ns && session->unsent &&
	       session->unanswered + session->unsent >= timing->multiplier &&
	       now_ns - session->changed_ns >= timing->multiplier * timing->interval_ns;
}

bool liveness_session_judge(struct liveness_session *session, const struct liveness_timing *timing,
			    uint64_t now_ns)
{
	if (now_ns >= liveness_session_due(session, timing) ||
	    has_not_come(session, timing, now_ns)) {
		session->answers = 0;
		return set_state(session, LIVENESS_DOWN, now_ns);
	}
	/* A peer that fell silent since must not rise because a new timing has a lower rise. */
	if (session->state != LIVENESS_UP && session->answers >= timing->rise &&
	    session->unanswered < timing->multiplier)
		return set_state(session, LIVENESS_UP, now_ns);
	return false;
}
