/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_LIVENESS_SESSION_H
#define STEER_LIVENESS_SESSION_H

#include <stdbool.h>
#include <stdint.h>

/**
 * DOC: does a peer's kernel answer? The judgement, apart from packets and sockets.
 *
 * Pure: time is passed in. A peer is down when `multiplier` probes in a row, each of which was
 * really sent, went unanswered, and the last of them has had three quarters of an interval to be
 * answered, the first accordingly more. A whole interval would be no more certain by much, and a
 * quarter is much of what is left to be gained. Only send times count: a daemon that was paused
 * accuses nobody, as it had not asked. It is up after `rise` answers in a row, that is, to probes
 * that followed each other.
 */
enum liveness_state {
	LIVENESS_UNKNOWN, /* never heard of, nothing concluded yet */
	LIVENESS_UP,
	LIVENESS_DOWN,
};

enum liveness_probe {
	LIVENESS_PROBE_NONE,
	LIVENESS_PROBE_SENT,
	LIVENESS_PROBE_ANSWERED,
};

/* "unknown", "up", "down". */
const char *liveness_state_name(enum liveness_state state);

/* Probes remembered: a power of two, more than the largest multiplier. */
#define LIVENESS_WINDOW 16

struct liveness_timing {
	uint64_t interval_ns;
	uint32_t multiplier; /* 1 … LIVENESS_WINDOW - 1 */
	uint32_t rise;	     /* at least 1 */
};

struct liveness_session {
	enum liveness_state state;
	uint64_t next_sequence;
	uint32_t unanswered; /* sent since an answer last came, LIVENESS_WINDOW at most */
	uint32_t answers;    /* in a row */
	uint64_t changed_ns;
	uint64_t last_answer_ns; /* 0: never */
	uint64_t rtt_ns;	 /* of the last answer */
	struct {
		uint64_t sequence;
		enum liveness_probe fate;
		uint64_t sent_ns;
	} probe[LIVENESS_WINDOW];
};

/* first_sequence should be random, so that answers of an earlier run never fit. */
void liveness_session_init(struct liveness_session *session, uint64_t first_sequence,
			   uint64_t now_ns);

/* What became of the probe with this sequence, as far as it is remembered. */
enum liveness_probe liveness_session_fate(const struct liveness_session *session,
					  uint64_t sequence);

/* The sequence for the probe about to be sent. */
uint64_t liveness_session_next(const struct liveness_session *session);

/* A probe with liveness_session_next() has really left at now_ns. */
void liveness_session_sent(struct liveness_session *session, uint64_t now_ns);

/**
 * liveness_session_answer - an authentic answer has come.
 * @sequence: the probe it answers; a late answer to an older one shows life just as well
 *
 * Return: true if it belongs to a remembered, unanswered probe; false (a replay, a stray): ignored.
 */
bool liveness_session_answer(struct liveness_session *session, uint64_t sequence, uint64_t now_ns);

/**
 * liveness_session_due - when judge() will say "down" if no answer comes.
 * Return: the time, perhaps past; UINT64_MAX if too few probes are unanswered, or it is down
 * already.
 */
uint64_t liveness_session_due(const struct liveness_session *session,
			      const struct liveness_timing *timing);

/**
 * liveness_session_judge - draw the conclusion.
 * @now_ns: a time by which everything that had come was given to liveness_session_answer(): read
 * the clock first, then the answers, then judge
 *
 * Return: whether the state changed.
 */
bool liveness_session_judge(struct liveness_session *session, const struct liveness_timing *timing,
			    uint64_t now_ns);

#endif
