// SPDX-License-Identifier: GPL-2.0
#include "cluster/member_health.h"

#include "world.h"

#define NODE 2

static int setup(void **state)
{
	struct cluster *config = world_config(2, 2);
	struct world *w = world_new();

	config->damping = (struct cluster_damping){ .hold_ms = 60000,
						    .max_hold_ms = 600000,
						    .forget_ms = 600000 };
	config->pools[0].slow_start_ms = 15000;
	world_apply(w, config);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	return 0;
}

static uint8_t ramp(struct world *w, uint8_t now, uint8_t decided, uint64_t at_ns)
{
	return member_health_ramp(w->state, pool_of(w, 0), NODE, now, decided, START + at_ns);
}

static void test_member_health_share_grows_after_return(void **state)
{
	assert_int_equal(ramp(*state, WELL, WELL, 0), 0);
	assert_int_equal(ramp(*state, WELL, ILL, SECOND), 0);
	assert_int_equal(ramp(*state, ILL, WELL, 2 * SECOND), RAMP(15));
	assert_int_equal(ramp(*state, WELL | RAMP(15), WELL, 12 * SECOND), RAMP(5));
	/* Away again: from the start. */
	assert_int_equal(ramp(*state, WELL | RAMP(5), ILL, 12 * SECOND), 0);
	assert_int_equal(ramp(*state, ILL, WELL, 13 * SECOND), RAMP(15));
	assert_int_equal(ramp(*state, WELL | RAMP(15), WELL, 28 * SECOND), 0);
}

static void test_member_health_first_state_of_a_fresh_map_is_a_return(void **state)
{
	assert_int_equal(ramp(*state, 0, WELL, 0), RAMP(15));
}

static void test_member_health_share_goes_on_under_a_new_daemon(void **state)
{
	assert_int_equal(ramp(*state, WELL | RAMP(7), WELL, 0), RAMP(7));
	assert_int_equal(ramp(*state, WELL | RAMP(7), WELL, SECOND), RAMP(6));
	assert_int_equal(ramp(*state, WELL | RAMP(6), WELL, 7 * SECOND), 0);
}

static void test_member_health_panic_is_no_return(void **state)
{
	struct world *w = *state;

	/* As a panic has left it: one that serves only by that, and one that does not by that. */
	assert_int_equal(ramp(w, ILL | STEER_STATE_SERVING, ILL, 0), 0);
	assert_int_equal(ramp(w, ILL | STEER_STATE_SERVING, WELL, 0), RAMP(15));
	state_forget_member(pool_of(w, 0), NODE);
	assert_int_equal(ramp(w, WELL & ~STEER_STATE_SERVING, WELL, 0), 0);
}

static void test_member_health_whole_share_stays_whole(void **state)
{
	struct world *w = *state;

	pool_config(w, 0)->slow_start_ms = 0;
	assert_int_equal(ramp(w, ILL, WELL, 0), 0);
	pool_config(w, 0)->slow_start_ms = 3600000;
	assert_int_equal(ramp(w, WELL, WELL, SECOND), 0);
}

static void test_member_health_frozen_is_no_return(void **state)
{
	struct world *w = *state;

	assert_int_equal(ramp(w, WELL, WELL, 0), 0);
	assert_int_equal(ramp(w, WELL, 0, 1), 0);
	w->state->peers[NODE].frozen = true; /* it was us: it counts as before */
	assert_int_equal(ramp(w, 0, WELL, 2), 0);
	w->state->peers[NODE].frozen = false;
	assert_int_equal(ramp(w, WELL, WELL, 3), 0);
}

static uint64_t held_ns(const struct world *w, size_t pool, uint16_t id, uint64_t at_ns)
{
	return member_health_held_ns(w->state, pool_of(w, pool), id, START + at_ns);
}

static void test_member_health_second_silence_is_held(void **state)
{
	struct world *w = *state;

	peer_is(w, NODE, LIVENESS_UP);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(held_ns(w, 0, NODE, 0), 0);
		peer_is(w, NODE, LIVENESS_DOWN);
		peer_is(w, NODE, LIVENESS_UP);
	}
	assert_int_equal(held_ns(w, 0, NODE, 0), 60 * SECOND);
	assert_int_equal(held_ns(w, 1, NODE, 1), 60 * SECOND - 1);
	assert_int_equal(held_ns(w, 0, NODE, 60 * SECOND), 0);
	assert_int_equal(held_ns(w, 0, 1, 0), 0);
}

static void test_member_health_silence_of_a_frozen_peer_is_excused(void **state)
{
	struct world *w = *state;

	peer_is(w, NODE, LIVENESS_UP);
	for (size_t i = 0; i < 9; i++) {
		peer_is(w, NODE, LIVENESS_DOWN);
		w->state->peers[NODE].frozen = true;
		peer_is(w, NODE, LIVENESS_UP);
		assert_int_equal(held_ns(w, 0, NODE, 0), 0);
	}
}

static void test_member_health_verdicts_are_held_in_their_pool(void **state)
{
	struct world *w = *state;

	cluster_on_health(w->state, pool_of(w, 0), NODE, HEALTH_GOOD, "", w->now_ns);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(held_ns(w, 0, NODE, 0), 0);
		cluster_on_health(w->state, pool_of(w, 0), NODE, HEALTH_BAD, "", w->now_ns);
		cluster_on_health(w->state, pool_of(w, 0), NODE, HEALTH_GOOD, "", w->now_ns);
	}
	assert_int_equal(held_ns(w, 0, NODE, 0), 60 * SECOND);
	assert_int_equal(held_ns(w, 0, 1, 0), 0);
	assert_int_equal(held_ns(w, 1, NODE, 0), 0);
}

/* What a reload finds is no failure. */
static void test_member_health_verdicts_after_a_reload_count_nothing(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < 9; i++)
		cluster_set_health(w->state, pool_of(w, 0), NODE, i % 2 ? HEALTH_GOOD : HEALTH_BAD,
				   "");
	assert_int_equal(held_ns(w, 0, NODE, 0), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_member_health_share_grows_after_return),
		TEST(test_member_health_first_state_of_a_fresh_map_is_a_return),
		TEST(test_member_health_share_goes_on_under_a_new_daemon),
		TEST(test_member_health_panic_is_no_return),
		TEST(test_member_health_whole_share_stays_whole),
		TEST(test_member_health_frozen_is_no_return),
		TEST(test_member_health_second_silence_is_held),
		TEST(test_member_health_silence_of_a_frozen_peer_is_excused),
		TEST(test_member_health_verdicts_are_held_in_their_pool),
		TEST(test_member_health_verdicts_after_a_reload_count_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
