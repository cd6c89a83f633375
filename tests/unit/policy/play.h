/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_UNIT_PLAY_H
#define STEER_UNIT_PLAY_H

/* DOC: what happens to the nodes of a world, step by step, and whom they follow then. */

#include "world.h"

enum action {
	END,
	ROUNDS,	  /* a: how many */
	KILL,	  /* a: node */
	BOOT,	  /* a: node, which has lost its memory */
	RESTART,  /* a: node, as KILL and BOOT within a moment */
	ILL,	  /* a: node */
	WELL,	  /* a: node */
	DRAIN,	  /* a: node */
	ACTIVATE, /* a: node */
	CUT,	  /* between the nodes of masks a and b */
	MEND,	  /* all cuts */
	HANDOVER, /* at node a, to node b */
	FOLLOW,	  /* all nodes of mask a follow node b; NOBODY */
	ACTIVES,  /* who takes himself for the active one is mask a */
	TERM,	  /* the highest term is a */
};

#define NOBODY 99
#define A 1U
#define B 2U
#define C 4U
#define D 8U
#define ALL 15U

struct event {
	enum action action;
	unsigned int a, b;
};

static inline void cut(struct world *w, unsigned int a, unsigned int b)
{
	for (size_t i = 0; i < w->n; i++)
		for (size_t k = 0; k < w->n; k++)
			if (a >> i & 1 && b >> k & 1)
				w->cut[i][k] = true;
}

static inline uint16_t highest_term(const struct world *w)
{
	uint16_t term = 0;

	for (size_t i = 0; i < w->n; i++)
		if (w->node[i].up && (!term || active_newer(w->node[i].active.term, term)))
			term = w->node[i].active.term;
	return term;
}

static inline void expect_follow(const struct world *w, unsigned int mask, unsigned int node,
				 size_t at)
{
	uint16_t id = node == NOBODY ? STEER_NODE_NONE : WORLD_ID(node);

	for (size_t i = 0; i < w->n; i++) {
		if (!(mask >> i & 1) || !w->node[i].up || w->node[i].active.node == id)
			continue;
		fail_msg("event %zu: node %zu follows %u, not %u", at, i, w->node[i].active.node,
			 id);
	}
}

static inline void play(struct world *w, const struct event *events)
{
	for (size_t at = 0; events[at].action != END; at++) {
		unsigned int a = events[at].a, b = events[at].b;

		switch (events[at].action) {
		case ROUNDS:
			world_rounds(w, a);
			break;
		case KILL:
			w->node[a].up = false;
			break;
		case BOOT:
		case RESTART:
			world_boot(w, a);
			break;
		case ILL:
		case WELL:
			w->node[a].ready = events[at].action == WELL;
			break;
		case DRAIN:
			w->node[a].admin = STEER_ADMIN_DRAINING;
			break;
		case ACTIVATE:
			w->node[a].admin = STEER_ADMIN_ACTIVE;
			break;
		case CUT:
			cut(w, a, b);
			break;
		case MEND:
			world_mend(w);
			break;
		case HANDOVER:
			assert_int_equal(world_hand_over(w, a, b), ACTIVE_HANDOVER_DONE);
			break;
		case FOLLOW:
			expect_follow(w, a, b, at);
			break;
		case ACTIVES:
			if (world_actives(w) != a)
				fail_msg("event %zu: active are %x, not %x", at, world_actives(w),
					 a);
			break;
		default:
			if (highest_term(w) != a)
				fail_msg("event %zu: term %u, not %u", at, highest_term(w), a);
		}
	}
}

/* A to C are members, D is not. All start at once, and A is ready. */
#define STARTED                                                  \
	{ ROUNDS, 3, 0 }, { FOLLOW, ALL, 0 }, { ACTIVES, A, 0 }, \
	{                                                        \
		TERM, 1, 0                                       \
	}

static inline void play_four(const struct event *events)
{
	struct world w;

	world_init(&w, 4, 3);
	play(&w, events);
}

#endif
