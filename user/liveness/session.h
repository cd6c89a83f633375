/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_LIVENESS_SESSION_H
#define STEER_LIVENESS_SESSION_H

#include <stdbool.h>
#include <stdint.h>

/**
 * DOC: does a peer's kernel answer? The judgement, apart from packets and sockets.
 *
 * Pure: time is passed in. A peer is down when `multiplier` probes in a row, each of which was really
 * sent, went unanswered for as long as they should have taken; judged from the times they were sent,
 * so that a daemon that was paused accuses nobody. It is up after `rise` answers in a row.
 */
enum liveness_state {
	LIVENESS_UNKNOWN, /* never heard of, nothing concluded yet */
	LIVENESS_UP,
	LIVENESS_DOWN,
};

#define LIVENESS_WINDOW 16 /* probes remembered; at least the largest multiplier + 1 */

struct liveness_timing {
	uint64_t interval_ns;
	uint32_t multiplier; /* 1 … LIVENESS_WINDOW - 1 */
	uint32_t rise;
};

struct liveness_session {
	enum liveness_state state;
	uint32_t next_sequence;
	uint32_t unanswered; /* sent since the last answer */
	uint32_t answers;    /* in a row */
	uint64_t changed_ns;
	uint64_t last_answer_ns;
	uint64_t rtt_ns; /* of the last answer */
	struct {
		uint32_t sequence;
		bool answered;
		uint64_t sent_ns;
	} probe[LIVENESS_WINDOW];
};

/* first_sequence should be random, so that answers of an earlier run do not fit. */
void liveness_session_init(struct liveness_session *session, uint32_t first_sequence, uint64_t now_ns);

/* The sequence for the probe about to be sent. */
uint32_t liveness_session_next(const struct liveness_session *session);

/* A probe with liveness_session_next() has really left at now_ns. */
void liveness_session_sent(struct liveness_session *session, uint64_t now_ns);

/**
 * liveness_session_answer - an authentic answer has come.
 * Return: true if it belongs to a remembered, unanswered probe; false (a replay, a stray): ignored.
 */
bool liveness_session_answer(struct liveness_session *session, const struct liveness_timing *timing,
			     uint32_t sequence, uint64_t now_ns);

/* Draw the conclusion; call after all answers at hand were given. Return: whether state changed. */
bool liveness_session_judge(struct liveness_session *session, const struct liveness_timing *timing,
			    uint64_t now_ns);

#endif
