/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_LIVENESS_SESSION_H
#define STEER_LIVENESS_SESSION_H

#include <stdbool.h>
#include <stdint.h>

/**
 * DOC: the liveness of a peer: whether its kernel answers probes.
 *
 * Pure: time is passed in, packets and sockets are elsewhere.
 *
 * A peer is down when `multiplier` probes in a row, all of them really sent, have no answer and the
 * last of them is three quarters of an interval old, the first accordingly older. Waiting for the
 * whole interval would make the result hardly more certain, and detection a quarter of an interval
 * slower. Only send times count: a daemon that was paused sent no probes, so it finds no peer down.
 *
 * A peer is up after `rise` answers in a row: answers to consecutive probes.
 *
 * A peer that has never answered is down after as many attempts, also if probes to it cannot be
 * sent: there may be no route to it. Later, a probe that cannot be sent counts neither for nor
 * against the peer.
 */
enum liveness_state {
	LIVENESS_UNKNOWN, /* neither up nor down yet */
	LIVENESS_UP,
	LIVENESS_DOWN,
};

enum liveness_probe {
	LIVENESS_PROBE_NONE, /* not sent, or too old to be remembered */
	LIVENESS_PROBE_SENT,
	LIVENESS_PROBE_ANSWERED,
};

/* "unknown", "up", "down". */
const char *liveness_state_name(enum liveness_state state);

/* The number of remembered probes: a power of two, greater than the largest multiplier. */
#define LIVENESS_WINDOW 16

struct liveness_timing {
	uint64_t interval_ns;
	uint32_t multiplier; /* 1 … LIVENESS_WINDOW - 1 */
	uint32_t rise;	     /* at least 1 */
};

struct liveness_session {
	enum liveness_state state;
	uint64_t next_sequence;
	uint32_t unanswered; /* probes sent since the last answer, at most LIVENESS_WINDOW */
	uint32_t unsent;     /* attempts to send one that failed, at most LIVENESS_WINDOW */
	uint32_t answers;    /* in a row */
	uint64_t changed_ns;
	uint64_t last_answer_ns; /* 0: never */
	uint64_t rtt_ns;	 /* round-trip time of the last answer */
	struct {
		uint64_t sequence;
		enum liveness_probe fate;
		uint64_t sent_ns;
	} probe[LIVENESS_WINDOW];
};

/* @first_sequence: random, so that no recorded answer of an earlier run is accepted. */
void liveness_session_init(struct liveness_session *session, uint64_t first_sequence,
			   uint64_t now_ns);

/* The fate of the probe with this sequence. */
enum liveness_probe liveness_session_fate(const struct liveness_session *session,
					  uint64_t sequence);

/* The sequence of the next probe to send. */
uint64_t liveness_session_next(const struct liveness_session *session);

/* Record that the probe with sequence liveness_session_next() was sent at @now_ns. */
void liveness_session_sent(struct liveness_session *session, uint64_t now_ns);

/* Record that the probe with sequence liveness_session_next() could not be sent. */
void liveness_session_unsent(struct liveness_session *session);

/**
 * liveness_session_answer - record an authentic answer.
 * @sequence: the probe it answers; a late answer to an older probe proves liveness as well
 * @now_ns: when it was received
 *
 * Return: true if it answers a remembered, unanswered probe; false if it is ignored, as a replay.
 */
bool liveness_session_answer(struct liveness_session *session, uint64_t sequence, uint64_t now_ns);

/**
 * liveness_session_due - when the peer goes down if no answer comes.
 *
 * Return: the time, which may be past; UINT64_MAX if too few probes are unanswered or the peer is
 * down.
 */
uint64_t liveness_session_due(const struct liveness_session *session,
			      const struct liveness_timing *timing);

/**
 * liveness_session_judge - update the state.
 * @now_ns: a time up to which all received answers were recorded: read the clock first, then the
 * sockets, then judge
 *
 * Return: true if the state changed.
 */
bool liveness_session_judge(struct liveness_session *session, const struct liveness_timing *timing,
			    uint64_t now_ns);

#endif
