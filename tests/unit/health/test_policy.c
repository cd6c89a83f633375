// SPDX-License-Identifier: GPL-2.0
#include "health/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

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
		struct policy_input input = { i & 1, i & 2, i & 4, i >> 3 };

		assert_int_equal(policy_state(&input),
				 expected[input.admin][input.live][input.reachable][input.healthy]);
	}
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

static void test_policy_panic_promotes_the_live(void **state)
{
	uint8_t members[] = { L, L | D | H, H, 0, L | H | D };
	const uint8_t expected[] = { S | L, S | L | D | H, H, 0, S | L | H | D };

	(void)state;
	assert_true(policy_panic(members, sizeof(members)));
	assert_memory_equal(members, expected, sizeof(members));
}

static void test_policy_panic_spares_pool_with_one_serving(void **state)
{
	uint8_t members[] = { L, S | L | H, L | D };
	const uint8_t expected[] = { L, S | L | H, L | D };

	(void)state;
	assert_false(policy_panic(members, sizeof(members)));
	assert_memory_equal(members, expected, sizeof(members));
}

static void test_policy_panic_leaves_maintenance_and_the_dead(void **state)
{
	const struct policy_input maintenance = { true, true, true, STEER_ADMIN_MAINTENANCE };
	uint8_t members[] = { policy_state(&maintenance), 0, H, D };
	const uint8_t expected[] = { H, 0, H, D };

	(void)state;
	assert_false(policy_panic(members, sizeof(members)));
	assert_memory_equal(members, expected, sizeof(members));
	assert_false(policy_panic(members, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policy_state_of_every_input),
		cmocka_unit_test(test_policy_isolated_from_three_and_above_half),
		cmocka_unit_test(test_policy_panic_promotes_the_live),
		cmocka_unit_test(test_policy_panic_spares_pool_with_one_serving),
		cmocka_unit_test(test_policy_panic_leaves_maintenance_and_the_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
