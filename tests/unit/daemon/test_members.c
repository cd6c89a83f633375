// SPDX-License-Identifier: GPL-2.0
#include "daemon/members.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WELL (STEER_STATE_SERVING | STEER_STATE_LIVE | STEER_STATE_HEALTHY)
#define ILL STEER_STATE_LIVE
#define HELD(sixteenths) ((sixteenths) << STEER_STATE_RAMP_SHIFT)
#define SECOND 1000000000ULL
#define NOW (1000 * SECOND)
#define SLOT 5
#define NODE 2

static struct cluster_node nodes[] = { { .name = "n1", .id = 1 }, { .name = "n2", .id = NODE } };
static struct cluster_pool pool = { .name = "web", .slow_start_ms = 15000 };
static struct cluster cluster = {
	.nodes = nodes,
	.n_nodes = 2,
	.pools = &pool,
	.n_pools = 1,
	.damping = { .hold_ms = 60000, .max_hold_ms = 600000, .forget_ms = 600000 },
};

static int make_daemon(void **state)
{
	struct daemon *daemon = calloc(1, sizeof(*daemon));

	if (!daemon || slots_init(&daemon->pool_slots, STEER_MAX_POOLS) < 0)
		return -1;
	strcpy(daemon->pool_slots.name[SLOT], "web");
	daemon->cluster = &cluster;
	pool.slow_start_ms = 15000;
	*state = daemon;
	return members_prepare(daemon, SLOT);
}

static int free_daemon(void **state)
{
	struct daemon *daemon = *state;

	slots_free(&daemon->pool_slots);
	free(daemon->pools[SLOT].members);
	free(daemon->pools[SLOT + 1].members);
	free(daemon);
	return 0;
}

static uint8_t ramp(struct daemon *daemon, uint8_t now, uint8_t state, uint64_t at_ns)
{
	return members_ramp(daemon, &pool, SLOT, NODE, now, state, at_ns);
}

static void test_members_share_grows_after_return(void **state)
{
	assert_int_equal(ramp(*state, WELL, WELL, NOW), 0);
	assert_int_equal(ramp(*state, WELL, ILL, NOW + SECOND), 0);
	assert_int_equal(ramp(*state, ILL, WELL, NOW + 2 * SECOND), HELD(15));
	assert_int_equal(ramp(*state, WELL | HELD(15), WELL, NOW + 12 * SECOND), HELD(5));
	/* Away again: from the start. */
	assert_int_equal(ramp(*state, WELL | HELD(5), ILL, NOW + 12 * SECOND), 0);
	assert_int_equal(ramp(*state, ILL, WELL, NOW + 13 * SECOND), HELD(15));
	assert_int_equal(ramp(*state, WELL | HELD(15), WELL, NOW + 28 * SECOND), 0);
}

static void test_members_first_state_of_a_fresh_map_is_a_return(void **state)
{
	assert_int_equal(ramp(*state, 0, WELL, NOW), HELD(15));
}

static void test_members_share_goes_on_under_a_new_daemon(void **state)
{
	assert_int_equal(ramp(*state, WELL | HELD(7), WELL, NOW), HELD(7));
	assert_int_equal(ramp(*state, WELL | HELD(7), WELL, NOW + SECOND), HELD(6));
	assert_int_equal(ramp(*state, WELL | HELD(6), WELL, NOW + 7 * SECOND), 0);
}

static void test_members_panic_is_no_return(void **state)
{
	/* As a panic has left it: one that serves only by that, and one that does not by that. */
	assert_int_equal(ramp(*state, ILL | STEER_STATE_SERVING, ILL, NOW), 0);
	assert_int_equal(ramp(*state, ILL | STEER_STATE_SERVING, WELL, NOW), HELD(15));
	members_forget(*state, SLOT, NODE);
	assert_int_equal(ramp(*state, WELL & ~STEER_STATE_SERVING, WELL, NOW), 0);
}

static void test_members_whole_share_stays_whole(void **state)
{
	pool.slow_start_ms = 0;
	assert_int_equal(ramp(*state, ILL, WELL, NOW), 0);
	pool.slow_start_ms = 3600000;
	assert_int_equal(ramp(*state, WELL, WELL, NOW + SECOND), 0);
}

static void test_members_cut_off_is_no_return(void **state)
{
	struct daemon *daemon = *state;

	assert_int_equal(ramp(daemon, WELL, WELL, NOW), 0);
	assert_int_equal(ramp(daemon, WELL, 0, NOW + 1), 0);
	daemon->peers[NODE].held = true; /* it was us: it counts as before */
	assert_int_equal(ramp(daemon, 0, WELL, NOW + 2), 0);
	daemon->peers[NODE].held = false;
	assert_int_equal(ramp(daemon, WELL, WELL, NOW + 3), 0);
}

static void test_members_second_silence_is_held(void **state)
{
	struct daemon *daemon = *state;
	size_t i;

	members_liveness(daemon, &nodes[1], LIVENESS_UP, NOW);
	for (i = 1; i <= 2; i++) {
		assert_int_equal(members_held_ns(daemon, SLOT, NODE, NOW + i), 0);
		members_liveness(daemon, &nodes[1], LIVENESS_DOWN, NOW + i);
		members_liveness(daemon, &nodes[1], LIVENESS_UP, NOW + i);
	}
	assert_int_equal(members_held_ns(daemon, SLOT, NODE, NOW + 2), 60 * SECOND);
	assert_int_equal(members_held_ns(daemon, SLOT, NODE, NOW + 3), 60 * SECOND - 1);
	assert_int_equal(members_held_ns(daemon, SLOT, NODE, NOW + 2 + 60 * SECOND), 0);
	assert_int_equal(members_held_ns(daemon, SLOT, 1, NOW + 3), 0);
}

static void test_members_silence_of_one_who_was_cut_off_is_excused(void **state)
{
	struct daemon *daemon = *state;
	size_t i;

	members_liveness(daemon, &nodes[1], LIVENESS_UP, NOW);
	for (i = 1; i <= 9; i++) {
		members_liveness(daemon, &nodes[1], LIVENESS_DOWN, NOW + i);
		daemon->peers[NODE].held = true;
		members_liveness(daemon, &nodes[1], LIVENESS_UP, NOW + i);
		daemon->peers[NODE].held = false;
		assert_int_equal(members_held_ns(daemon, SLOT, NODE, NOW + i), 0);
	}
}

static void test_members_health_is_held_in_its_pool(void **state)
{
	struct daemon *daemon = *state;
	uint64_t now_ns;
	size_t i;

	assert_int_equal(members_prepare(daemon, SLOT + 1), 0);
	members_health(daemon, 0, &nodes[1], HEALTH_GOOD);
	for (i = 0; i < 2; i++) {
		assert_int_equal(members_held_ns(daemon, SLOT, NODE, daemon_now_ns()), 0);
		members_health(daemon, 0, &nodes[1], HEALTH_BAD);
		members_health(daemon, 0, &nodes[1], HEALTH_GOOD);
	}
	now_ns = daemon_now_ns();
	assert_in_range(members_held_ns(daemon, SLOT, NODE, now_ns), 30 * SECOND, 60 * SECOND);
	assert_int_equal(members_held_ns(daemon, SLOT, 1, now_ns), 0);
	assert_int_equal(members_held_ns(daemon, SLOT + 1, NODE, now_ns), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_daemon, free_daemon)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_members_share_grows_after_return),
		TEST(test_members_first_state_of_a_fresh_map_is_a_return),
		TEST(test_members_share_goes_on_under_a_new_daemon),
		TEST(test_members_panic_is_no_return),
		TEST(test_members_whole_share_stays_whole),
		TEST(test_members_cut_off_is_no_return),
		TEST(test_members_second_silence_is_held),
		TEST(test_members_silence_of_one_who_was_cut_off_is_excused),
		TEST(test_members_health_is_held_in_its_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
