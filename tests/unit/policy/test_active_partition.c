// SPDX-License-Identifier: GPL-2.0
#include "play.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_active_cut_off_and_mended),
		cmocka_unit_test(test_active_halves_go_their_ways),
		cmocka_unit_test(test_active_one_way_is_cut),
		cmocka_unit_test(test_active_dead_is_not_kept_alive_by_words),
		cmocka_unit_test(test_active_lost_memory_comes_back),
		cmocka_unit_test(test_active_old_memory_loses),
		cmocka_unit_test(test_active_terms_wrap_around),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
