// SPDX-License-Identifier: GPL-2.0
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

static void cut(struct world *w, unsigned int a, unsigned int b)
{
	for (size_t i = 0; i < w->n; i++)
		for (size_t k = 0; k < w->n; k++)
			if (a >> i & 1 && b >> k & 1)
				w->cut[i][k] = true;
}

static uint16_t highest_term(const struct world *w)
{
	uint16_t term = 0;

	for (size_t i = 0; i < w->n; i++)
		if (w->node[i].up && (!term || active_newer(w->node[i].active.term, term)))
			term = w->node[i].active.term;
	return term;
}

static void expect_follow(const struct world *w, unsigned int mask, unsigned int node, size_t at)
{
	uint16_t id = node == NOBODY ? STEER_NODE_NONE : WORLD_ID(node);

	for (size_t i = 0; i < w->n; i++) {
		if (!(mask >> i & 1) || !w->node[i].up || w->node[i].active.node == id)
			continue;
		fail_msg("event %zu: node %zu follows %u, not %u", at, i, w->node[i].active.node,
			 id);
	}
}

static void play(struct world *w, const struct event *events)
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

static void play_four(const struct event *events)
{
	struct world w;

	world_init(&w, 4, 3);
	play(&w, events);
}

static void test_active_start_together(void **state)
{
	struct world w;

	(void)state;
	play_four((const struct event[]){ { ROUNDS, 1, 0 }, { FOLLOW, ALL, NOBODY }, STARTED, {} });
	/* The first one is a little late: it gets the time. */
	world_init(&w, 4, 3);
	w.node[0].ready = false;
	play(&w, (const struct event[]){ { ROUNDS, 5, 0 },
					 { FOLLOW, ALL, NOBODY },
					 { WELL, 0, 0 },
					 { ROUNDS, 2, 0 },
					 { FOLLOW, ALL, 0 },
					 { TERM, 1, 0 },
					 {} });
	/* … but not for ever. */
	world_init(&w, 4, 3);
	w.node[0].ready = false;
	play(&w, (const struct event[]){ { ROUNDS, 9, 0 },
					 { ACTIVES, 0, 0 },
					 { ROUNDS, 2, 0 },
					 { FOLLOW, ALL, 1 },
					 { WELL, 0, 0 },
					 { ROUNDS, 5, 0 },
					 { FOLLOW, ALL, 1 },
					 {} });
}

static void test_active_failover_and_no_return(void **state)
{
	(void)state;
	play_four((const struct event[]){ STARTED,
					  { KILL, 0, 0 },
					  { ROUNDS, 2, 0 },
					  { FOLLOW, ALL, 1 },
					  { ACTIVES, B, 0 },
					  { TERM, 2, 0 },
					  { BOOT, 0, 0 },
					  { ROUNDS, 1, 0 },
					  { ACTIVES, B, 0 },
					  { ROUNDS, 9, 0 },
					  { FOLLOW, ALL, 1 },
					  { TERM, 2, 0 },
					  { KILL, 1, 0 },
					  { ROUNDS, 2, 0 },
					  { FOLLOW, ALL, 0 },
					  { TERM, 3, 0 },
					  {} });
}

static void test_active_ill_or_drained(void **state)
{
	(void)state;
	play_four((const struct event[]){
		STARTED,
		{ ILL, 0, 0 },
		{ ROUNDS, 2, 0 },
		{ FOLLOW, ALL, 1 },
		{ TERM, 2, 0 },
		{ WELL, 0, 0 },
		{ ROUNDS, 1, 0 },
		{ DRAIN, 1, 0 },
		{ ROUNDS, 2, 0 },
		{ FOLLOW, ALL, 0 },
		{ ACTIVATE, 1, 0 },
		{ ROUNDS, 3, 0 },
		{ FOLLOW, ALL, 0 },
		{ TERM, 3, 0 },
		/* not to a standby that is not ready while there is another */
		{ ILL, 1, 0 },
		{ ROUNDS, 1, 0 },
		{ KILL, 0, 0 },
		{ ROUNDS, 2, 0 },
		{ FOLLOW, ALL, 2 },
		/* the last one stays, ready or not */
		{ ILL, 2, 0 },
		{ ROUNDS, 3, 0 },
		{ FOLLOW, ALL, 2 },
		{ TERM, 4, 0 },
		{ WELL, 1, 0 },
		{ ROUNDS, 2, 0 },
		{ FOLLOW, ALL, 1 },
		{} });
}

static void test_active_none_is_ready_drop(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 4, 3);
	w.on_panic = PANIC_DROP;
	play(&w, (const struct event[]){ STARTED,
					 { ILL, 0, 0 },
					 { ILL, 1, 0 },
					 { ILL, 2, 0 },
					 { ROUNDS, 3, 0 },
					 { FOLLOW, ALL, NOBODY },
					 { WELL, 2, 0 },
					 { ROUNDS, 3, 0 },
					 { FOLLOW, ALL, 2 },
					 { ACTIVES, C, 0 },
					 {} });
}

static void test_active_cut_off_and_mended(void **state)
{
	(void)state;
	/* The active one alone: both go on, and one round after, the older one has given up. */
	play_four((const struct event[]){ STARTED,
					  { CUT, A, B | C | D },
					  { ROUNDS, 3, 0 },
					  { ACTIVES, A | B, 0 },
					  { FOLLOW, B | C | D, 1 },
					  { MEND, 0, 0 },
					  { ROUNDS, 1, 0 },
					  { ACTIVES, B, 0 },
					  { FOLLOW, ALL, 1 },
					  { TERM, 2, 0 },
					  {} });
	/* A standby alone takes over for itself, with the higher term. */
	play_four((const struct event[]){ STARTED,
					  { CUT, C, A | B | D },
					  { ROUNDS, 3, 0 },
					  { ACTIVES, A | C, 0 },
					  { MEND, 0, 0 },
					  { ROUNDS, 1, 0 },
					  { FOLLOW, ALL, 2 },
					  { ACTIVES, C, 0 },
					  {} });
}

static void test_active_halves_go_their_ways(void **state)
{
	(void)state;
	/* Both sides change in between: the one that changed more often wins. */
	play_four((const struct event[]){ STARTED,
					  { CUT, A | D, B | C },
					  { ROUNDS, 2, 0 },
					  { FOLLOW, B | C, 1 },
					  { ILL, 1, 0 },
					  { ROUNDS, 2, 0 },
					  { FOLLOW, B | C, 2 },
					  { FOLLOW, A | D, 0 },
					  { TERM, 3, 0 },
					  { MEND, 0, 0 },
					  { ROUNDS, 1, 0 },
					  { FOLLOW, ALL, 2 },
					  { ACTIVES, C, 0 },
					  {} });
	/* Equal terms: the first in order. */
	play_four((const struct event[]){ STARTED,
					  { CUT, A, B | C | D },
					  { CUT, C, B | D },
					  { ROUNDS, 3, 0 },
					  { ACTIVES, A | B | C, 0 },
					  { TERM, 2, 0 },
					  { MEND, 0, 0 },
					  { ROUNDS, 1, 0 },
					  { FOLLOW, ALL, 1 },
					  { ACTIVES, B, 0 },
					  {} });
}

static void test_active_one_way_is_cut(void **state)
{
	(void)state;
	/* Who cannot reach the active one hears that others can: no second one. */
	play_four((const struct event[]){
		STARTED,
		{ CUT, A, B },
		{ ROUNDS, 9, 0 },
		{ FOLLOW, ALL, 0 },
		{ ACTIVES, A, 0 },
		{ TERM, 1, 0 },
		/* and when it dies indeed, the word of others does not help it */
		{ KILL, 0, 0 },
		{ ROUNDS, 3, 0 },
		{ FOLLOW, ALL, 1 },
		{ TERM, 2, 0 },
		{} });
	/* The active one can reach nobody but D, who is no member. */
	play_four((const struct event[]){ STARTED,
					  { CUT, A, B | C },
					  { ROUNDS, 9, 0 },
					  { FOLLOW, ALL, 0 },
					  { ACTIVES, A, 0 },
					  { TERM, 1, 0 },
					  {} });
}

static void test_active_dead_is_not_kept_alive_by_words(void **state)
{
	(void)state;
	play_four((const struct event[]){ STARTED,
					  { KILL, 0, 0 },
					  { ROUNDS, 1, 0 },
					  { ACTIVES, 0, 0 },
					  { ROUNDS, 1, 0 },
					  { ACTIVES, B, 0 },
					  {} });
}

static void test_active_lost_memory_comes_back(void **state)
{
	(void)state;
	/* The active one restarts so quickly that nobody misses it. */
	play_four((const struct event[]){ STARTED,
					  { ILL, 0, 0 },
					  { ROUNDS, 2, 0 },
					  { WELL, 0, 0 },
					  { FOLLOW, ALL, 1 },
					  { RESTART, 1, 0 },
					  { ROUNDS, 3, 0 },
					  { FOLLOW, ALL, 1 },
					  { TERM, 2, 0 },
					  /* the others restart, one by one */
					  { RESTART, 0, 0 },
					  { ROUNDS, 3, 0 },
					  { RESTART, 2, 0 },
					  { RESTART, 3, 0 },
					  { ROUNDS, 3, 0 },
					  { FOLLOW, ALL, 1 },
					  { TERM, 2, 0 },
					  /* all but one at once */
					  { RESTART, 0, 0 },
					  { RESTART, 1, 0 },
					  { RESTART, 3, 0 },
					  { ROUNDS, 3, 0 },
					  { FOLLOW, ALL, 1 },
					  { TERM, 2, 0 },
					  {} });
	/* Nobody remembers: from the start. */
	play_four((const struct event[]){ STARTED,
					  { ILL, 0, 0 },
					  { ROUNDS, 2, 0 },
					  { FOLLOW, ALL, 1 },
					  { WELL, 0, 0 },
					  { RESTART, 0, 0 },
					  { RESTART, 1, 0 },
					  { RESTART, 2, 0 },
					  { RESTART, 3, 0 },
					  STARTED,
					  {} });
}

static void test_active_old_memory_loses(void **state)
{
	(void)state;
	/* A was away with its memory, not without. */
	play_four((const struct event[]){ STARTED,
					  { CUT, A, B | C | D },
					  { ROUNDS, 2, 0 },
					  { HANDOVER, 1, 2 },
					  { ROUNDS, 2, 0 },
					  { FOLLOW, B | C | D, 2 },
					  { MEND, 0, 0 },
					  { ROUNDS, 1, 0 },
					  { FOLLOW, ALL, 2 },
					  {} });
}

static void test_active_handover(void **state)
{
	(void)state;
	play_four((const struct event[]){ STARTED,
					  { HANDOVER, 0, 2 },
					  { ROUNDS, 1, 0 },
					  { FOLLOW, ALL, 2 },
					  { ACTIVES, C, 0 },
					  { TERM, 2, 0 },
					  /* from a node that is no member */
					  { HANDOVER, 3, 1 },
					  { ROUNDS, 1, 0 },
					  { FOLLOW, ALL, 1 },
					  { ROUNDS, 5, 0 },
					  { FOLLOW, ALL, 1 },
					  { TERM, 3, 0 },
					  /* two at once: the first in order */
					  { HANDOVER, 1, 2 },
					  { HANDOVER, 2, 0 },
					  { ROUNDS, 2, 0 },
					  { FOLLOW, ALL, 0 },
					  { ACTIVES, A, 0 },
					  { TERM, 4, 0 },
					  {} });
}

static void test_active_terms_wrap_around(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 4, 3);
	play(&w, (const struct event[]){ STARTED, {} });
	for (size_t i = 0; i < w.n; i++)
		w.node[i].active.term = w.node[i].said.word.term = UINT16_MAX;
	play(&w, (const struct event[]){ { ROUNDS, 1, 0 },
					 { CUT, A, B | C | D },
					 { ROUNDS, 3, 0 },
					 { ACTIVES, A | B, 0 },
					 { TERM, 1, 0 },
					 { MEND, 0, 0 },
					 { ROUNDS, 1, 0 },
					 { FOLLOW, ALL, 1 },
					 { TERM, 1, 0 },
					 {} });
}

static void test_active_preempt(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 4, 3);
	w.preempt = true;
	play(&w, (const struct event[]){ { ROUNDS, 3, 0 },
					 { FOLLOW, ALL, 0 },
					 { KILL, 0, 0 },
					 { ROUNDS, 1, 0 },
					 { FOLLOW, ALL, 1 },
					 { BOOT, 0, 0 },
					 { ROUNDS, 3, 0 },
					 { FOLLOW, ALL, 0 },
					 { ILL, 0, 0 },
					 { DRAIN, 1, 0 },
					 { ROUNDS, 2, 0 },
					 { FOLLOW, ALL, 2 },
					 { ILL, 2, 0 },
					 { ROUNDS, 2, 0 },
					 { FOLLOW, ALL, 1 }, /* drained, but ready */
					 { TERM, 0, 0 },
					 {} });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_active_start_together),
		cmocka_unit_test(test_active_failover_and_no_return),
		cmocka_unit_test(test_active_ill_or_drained),
		cmocka_unit_test(test_active_none_is_ready_drop),
		cmocka_unit_test(test_active_cut_off_and_mended),
		cmocka_unit_test(test_active_halves_go_their_ways),
		cmocka_unit_test(test_active_one_way_is_cut),
		cmocka_unit_test(test_active_dead_is_not_kept_alive_by_words),
		cmocka_unit_test(test_active_lost_memory_comes_back),
		cmocka_unit_test(test_active_old_memory_loses),
		cmocka_unit_test(test_active_handover),
		cmocka_unit_test(test_active_terms_wrap_around),
		cmocka_unit_test(test_active_preempt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
