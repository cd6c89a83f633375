// SPDX-License-Identifier: GPL-2.0
#include "policy/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define S STEER_STATE_SERVING
#define L STEER_STATE_LIVE
#define H STEER_STATE_HEALTHY
#define D STEER_STATE_DRAINING

static void test_policy_state_of_every_input(void **state)
{
	/* [admin][live][reachable][healthy] */
	static const uint8_t expected[3][2][2][2] = {
		[STEER_ADMIN_ACTIVE] = { { { 0, H }, { 0, H } }, { { 0, H }, { L, S | L | H } } },
		[STEER_ADMIN_DRAINING] = { { { D, D | H }, { D, D | H } },
					   { { D, D | H }, { D | L, D | L | H } } },
		[STEER_ADMIN_MAINTENANCE] = { { { 0, H }, { 0, H } }, { { 0, H }, { 0, H } } },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < 3 * 8; i++) {
		struct policy_input input = { i & 1, i & 2, i & 4, i >> 3, false };

		assert_int_equal(policy_state(&input),
				 expected[input.admin][input.live][input.reachable][input.healthy]);
	}
}

/* Whatever its pool has made of it. */
static void test_policy_state_alone(void **state)
{
	static const struct {
		uint8_t state, alone;
	} cases[] = {
		{ S | L | H, S | L | H },
		{ L | H, S | L | H },
		{ S | L | H | 0x70, S | L | H },
		{ S | L, L },
		{ S | L | H | D, L | H | D },
		{ L | H | D, L | H | D },
		{ H, H },
		{ 0, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(policy_state_alone(cases[i].state), cases[i].alone);
}

static void test_policy_isolated_from_three_and_above_half(void **state)
{
	static const struct {
		size_t silent, peers;
		bool isolated;
	} cases[] = {
		{ 0, 0, false }, { 0, 9, false }, { 1, 1, false }, { 2, 2, false }, { 2, 3, false },
		{ 3, 3, true },	 { 3, 4, true },  { 3, 5, true },  { 3, 6, false }, { 4, 7, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(policy_is_isolated(cases[i].silent, cases[i].peers),
				 cases[i].isolated);
}

static void test_policy_state_of_who_is_held_down(void **state)
{
	struct policy_input input = { true, true, true, STEER_ADMIN_ACTIVE, true };

	(void)state;
	assert_int_equal(policy_state(&input), L | H);
	input.admin = STEER_ADMIN_DRAINING;
	assert_int_equal(policy_state(&input), L | H | D);
}

static void test_policy_state_names_and_shares(void **state)
{
	static const struct {
		uint8_t state;
		const char *word;
		unsigned int share;
	} cases[] = {
		{ S | L | H, "serving", 16 },
		{ S | L | H | 15 << STEER_STATE_RAMP_SHIFT, "serving", 1 },
		{ S | L | 1 << STEER_STATE_RAMP_SHIFT, "serving", 15 },
		{ L | H, "ready", 0 },
		{ L | H | 3 << STEER_STATE_RAMP_SHIFT, "ready", 0 },
		{ L, "unhealthy", 0 },
		{ L | D, "draining", 0 },
		{ L | H | D, "draining", 0 },
		{ H | D, "down", 0 },
		{ 0, "down", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(policy_state_name(cases[i].state), cases[i].word);
		assert_int_equal(policy_state_share(cases[i].state), cases[i].share);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policy_state_of_every_input),
		cmocka_unit_test(test_policy_state_of_who_is_held_down),
		cmocka_unit_test(test_policy_state_names_and_shares),
		cmocka_unit_test(test_policy_state_alone),
		cmocka_unit_test(test_policy_isolated_from_three_and_above_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
