// SPDX-License-Identifier: GPL-2.0
#include "play.h"

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
		cmocka_unit_test(test_active_handover),
		cmocka_unit_test(test_active_preempt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
