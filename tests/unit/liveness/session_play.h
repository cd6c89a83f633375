/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_UNIT_SESSION_PLAY_H
#define STEER_UNIT_SESSION_PLAY_H

/* DOC: a session that is played from a list: when probes are sent, answered, lost and judged. */

#include "liveness/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/*
 * Each test is a table of events at times in ms. Probes are numbered from 0 in the order they
 * leave; JUDGE names the state expected after it.
 */
enum what {
	END,
	SEND,
	FAIL,	/* a probe cannot be sent */
	ANSWER, /* to probe n */
	IGNORE, /* an answer to probe n that must be refused */
	JUDGE,
};

struct event {
	uint64_t ms;
	enum what what;
	int n;
};

#define MS 1000000ULL
static const struct liveness_timing timing = { 10 * MS, 3, 2 };

static inline void play_from(const struct event *event, const struct liveness_timing *with,
			     uint64_t first)
{
	struct liveness_session session;
	enum liveness_state before;

	liveness_session_init(&session, first, 0);
	for (; event->what; event++) {
		uint64_t now_ns = event->ms * MS;

		switch (event->what) {
		case END:
			break;
		case SEND:
			assert_int_equal(liveness_session_next(&session), first + event->n);
			liveness_session_sent(&session, now_ns);
			break;
		case FAIL:
			liveness_session_unsent(&session);
			break;
		case ANSWER:
			assert_true(liveness_session_answer(&session, first + event->n, now_ns));
			assert_int_equal(session.last_answer_ns, now_ns);
			break;
		case IGNORE:
			assert_false(liveness_session_answer(&session, first + event->n, now_ns));
			break;
		case JUDGE:
			before = session.state;
			assert_int_equal(liveness_session_judge(&session, with, now_ns),
					 before != (enum liveness_state)event->n);
			assert_int_equal(session.state, event->n);
			if (session.state != before)
				assert_int_equal(session.changed_ns, now_ns);
			break;
		}
	}
}

/* The sequence must make no difference, least of all where it wraps. */
static inline void play(const struct event *event)
{
	static const uint64_t first[] = {
		0, 7, INT64_MAX - 1, UINT32_MAX, UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - 3
	};
	size_t i;

	for (i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		play_from(event, &timing, first[i]);
}

#define UP_BY_20                                                              \
	{ 0, SEND, 0 }, { 1, ANSWER, 0 }, { 10, SEND, 1 }, { 11, ANSWER, 1 }, \
	{                                                                     \
		20, JUDGE, LIVENESS_UP                                        \
	}

#endif
