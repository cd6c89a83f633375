// SPDX-License-Identifier: GPL-2.0
#include "policy/panic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define S STEER_STATE_SERVING
#define L STEER_STATE_LIVE
#define H STEER_STATE_HEALTHY
#define D STEER_STATE_DRAINING
#define WELL (S | L | H)

static void test_panic_least(void **state)
{
	static const struct {
		uint32_t min_healthy;
		bool percent;
		size_t n, least;
	} cases[] = {
		{ 0, false, 4, 1 },    { 0, false, 0, 1 },	  { 1, false, 4, 1 },
		{ 3, false, 4, 3 },    { 4, false, 4, 4 },	  { 0, true, 4, 1 },
		{ 50, true, 4, 2 },    { 50, true, 5, 3 },	  { 51, true, 4, 3 },
		{ 100, true, 5, 5 },   { 1, true, 4, 1 },	  { 1, true, 1023, 11 },
		{ 99, true, 100, 99 }, { 100, true, 1023, 1023 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cluster_panic panic = { cases[i].min_healthy, cases[i].percent, PANIC_ALL };

		assert_int_equal(panic_least(&panic, cases[i].n), cases[i].least);
	}
}

static void test_panic_changes_states(void **state)
{
	static const struct {
		struct cluster_panic panic;
		uint8_t before[5], after[5];
		bool due;
	} cases[] = {
		/* Enough serve: nothing is touched. */
		{ { 2, false, PANIC_ALL },
		  { WELL, WELL, L, 0, L | D },
		  { WELL, WELL, L, 0, L | D },
		  false },
		{ { 2, false, PANIC_DROP },
		  { WELL, WELL, L, 0, H },
		  { WELL, WELL, L, 0, H },
		  false },
		{ { 0, false, PANIC_DROP }, { WELL, L, L, 0, H }, { WELL, L, L, 0, H }, false },
		/* Nobody does: all who live, draining or not. */
		{ { 0, false, PANIC_ALL },
		  { L, L | D | H, H, 0, L | H | D },
		  { S | L, S | L | D | H, H, 0, S | L | H | D },
		  true },
		{ { 0, false, PANIC_ALL }, { 0, H, D, D | H, 0 }, { 0, H, D, D | H, 0 }, true },
		/* Too few do: those who live and do not drain, held down or not. */
		{ { 3, false, PANIC_ALL },
		  { WELL, L, L | H, L | D | H, H },
		  { WELL, S | L, S | L | H, L | D | H, H },
		  true },
		{ { 50, true, PANIC_ALL },
		  { WELL, WELL, L, 0, 0 },
		  { WELL, WELL, S | L, 0, 0 },
		  true },
		/* Or nobody, though some are well. */
		{ { 3, false, PANIC_DROP },
		  { WELL, WELL, L, L | D | H, 0 },
		  { L | H, L | H, L, L | D | H, 0 },
		  true },
		{ { 0, false, PANIC_DROP }, { L, L, L, L | D, H }, { L, L, L, L | D, H }, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t members[5];

		memcpy(members, cases[i].before, sizeof(members));
		assert_int_equal(panic_apply(&cases[i].panic, members, sizeof(members)),
				 cases[i].due);
		assert_memory_equal(members, cases[i].after, sizeof(members));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_panic_least),
		cmocka_unit_test(test_panic_changes_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
