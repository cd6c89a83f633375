// SPDX-License-Identifier: GPL-2.0
#include "cluster/agentless.h"
#include "cluster/fragment_pool.h"

#include "world.h"

/* The names of the pools, in this order. */
static struct cluster *config_of(const char *const *names, size_t n)
{
	struct cluster *config = world_config(3, n);

	for (size_t i = 0; i < n; i++)
		strcpy(config->pools[i].name, names[i]);
	return config;
}

static void test_state_pools_keep_their_struct_and_index(void **state)
{
	static const char *const before[] = { "a", "b", "c" }, *const after[] = { "new", "c", "a" };
	struct world *w = world_new();
	struct pool *a, *c;

	(void)state;
	world_apply(w, config_of(before, 3));
	a = state_pool(w->state, "a");
	c = state_pool(w->state, "c");
	assert_ptr_not_equal(a, c);
	a->told_panic = true;
	world_apply(w, config_of(after, 3));
	assert_ptr_equal(state_pool(w->state, "a"), a);
	assert_ptr_equal(state_pool(w->state, "c"), c);
	assert_true(a->told_panic);
	assert_int_equal(a->position, 2);
	assert_ptr_equal(w->state->in_order[1], c);
	assert_null(state_pool(w->state, "b"));
	assert_non_null(state_pool(w->state, "new"));
	assert_int_equal(w->state->generation, 2);
	world_free(w);
}

static void test_state_commit_names_the_pools_that_are_gone(void **state)
{
	static const char *const before[] = { "a", "b", "c" }, *const after[] = { "b" };
	struct cluster *next = config_of(after, 1);
	struct world *w = world_new();
	uint16_t gone[STEER_MAX_POOLS], a, c;
	size_t n;

	(void)state;
	world_apply(w, config_of(before, 3));
	a = state_pool(w->state, "a")->index;
	c = state_pool(w->state, "c")->index;
	assert_int_equal(state_begin_reload(w->state, next, &w->state->pool_index), 0);
	cluster_free(state_commit_reload(w->state, next, gone, &n));
	assert_int_equal(n, 2);
	assert_int_equal(gone[0] + gone[1], a + c);
	assert_null(w->state->pools[a]);
	assert_null(w->state->pools[c]);
	world_free(w);
}

static void test_state_abort_leaves_all_as_it_was(void **state)
{
	static const char *const before[] = { "a" }, *const after[] = { "b", "a" };
	struct cluster *next = config_of(after, 2);
	struct world *w = world_new();
	struct pool *a;
	size_t b;

	(void)state;
	world_apply(w, config_of(before, 1));
	a = state_pool(w->state, "a");
	b = index_alloc_assign(&w->state->pool_index, "b");
	assert_int_equal(state_begin_reload(w->state, next, &w->state->pool_index), 0);
	assert_non_null(w->state->pools[b]);
	assert_ptr_equal(a->next, &next->pools[1]);
	state_abort_reload(w->state);
	assert_null(w->state->pools[b]);
	assert_null(a->next);
	assert_null(w->state->next);
	assert_ptr_equal(state_pool(w->state, "a"), a);
	assert_int_equal(w->state->generation, 1);
	/* Twice is fine. */
	state_abort_reload(w->state);
	world_decide(w);
	cluster_free(next);
	world_free(w);
}

static void test_state_forgotten_peer_is_unknown(void **state)
{
	struct world *w = world_settled(3, 1);

	(void)state;
	peer_announces(w, 2, STEER_ADMIN_DRAINING, 1);
	state_forget_peer(w->state, 2);
	assert_int_equal(w->state->peers[2].liveness, LIVENESS_UNKNOWN);
	assert_int_equal(state_admin(w->state, 2), STEER_ADMIN_ACTIVE);
	assert_false(pool_of(w, 0)->member[2].unhealthy);
	world_free(w);
}

/* --- nodes without Steer --- */

static void test_agentless_by_checks_and_orders(void **state)
{
	static const struct {
		enum health_verdict verdict;
		enum steer_admin admin;
		uint8_t now, expected;
		enum liveness_state liveness;
	} inputs[] = {
		{ HEALTH_GOOD, STEER_ADMIN_ACTIVE, 0, WELL, LIVENESS_UP },
		{ HEALTH_BAD, STEER_ADMIN_ACTIVE, WELL, 0, LIVENESS_DOWN },
		{ HEALTH_UNKNOWN, STEER_ADMIN_ACTIVE, WELL, WELL, LIVENESS_UNKNOWN },
		{ HEALTH_UNKNOWN, STEER_ADMIN_ACTIVE, 0, 0, LIVENESS_UNKNOWN },
		{ HEALTH_GOOD, STEER_ADMIN_DRAINING, WELL, DRAINING, LIVENESS_UP },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(*inputs); i++) {
		struct cluster *config = world_config(3, 1);
		struct world *w = world_new();

		config->nodes[1].agentless = true;
		world_apply(w, config);
		cluster_on_nexthop(w->state, 2, true);
		cluster_on_admin(w->state, 2, inputs[i].admin, "asked");
		cluster_set_health(w->state, pool_of(w, 0), 2, inputs[i].verdict, "");
		assert_int_equal(
			agentless_state(w->state, pool_of(w, 0), 2, inputs[i].now, w->now_ns),
			inputs[i].expected);
		assert_int_equal(agentless_liveness(w->state, 2), inputs[i].liveness);
		world_free(w);
	}
}

static void test_agentless_lives_if_one_pool_says_so(void **state)
{
	struct cluster *config = world_config(3, 2);
	struct world *w = world_new();

	(void)state;
	config->nodes[1].agentless = true;
	world_apply(w, config);
	cluster_set_health(w->state, pool_of(w, 0), 2, HEALTH_BAD, "");
	cluster_set_health(w->state, pool_of(w, 1), 2, HEALTH_GOOD, "");
	assert_int_equal(agentless_liveness(w->state, 2), LIVENESS_UP);
	world_free(w);
}

/* --- the fragment pool --- */

static uint8_t fragment_byte(const struct world *w, uint16_t id)
{
	return w->state->fragment_pool->published[id];
}

static void test_fragment_pool_is_all_live_nodes_with_steer(void **state)
{
	struct cluster *config = world_config(4, 1);
	struct world *w = world_new();

	(void)state;
	config->nodes[3].agentless = true;
	world_apply(w, config);
	assert_int_equal(w->state->fragment_pool->config->n_members, 3);
	world_settle(w);
	/* A drain does not matter, nor do checks. */
	peer_announces(w, 2, STEER_ADMIN_DRAINING, 1);
	self_is(w, HEALTH_BAD, "");
	world_decide(w);
	assert_int_equal(fragment_byte(w, 1), WELL);
	assert_int_equal(fragment_byte(w, 2), WELL);
	assert_int_equal(fragment_byte(w, 4), 0);
	peer_is(w, 2, LIVENESS_DOWN);
	cluster_on_nexthop(w->state, 3, false);
	world_decide(w);
	assert_int_equal(fragment_byte(w, 2), 0);
	assert_int_equal(fragment_byte(w, 3), 0);
	world_free(w);
}

static void test_fragment_pool_follows_the_configuration(void **state)
{
	struct world *w = world_settled(4, 1);

	(void)state;
	world_apply(w, world_config(3, 1));
	assert_int_equal(w->state->fragment_pool->config->n_members, 3);
	assert_int_equal(fragment_byte(w, 4), 0);
	world_apply(w, world_config(5, 1));
	assert_int_equal(fragment_byte(w, 5), WELL);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_state_pools_keep_their_struct_and_index),
		cmocka_unit_test(test_state_commit_names_the_pools_that_are_gone),
		cmocka_unit_test(test_state_abort_leaves_all_as_it_was),
		cmocka_unit_test(test_state_forgotten_peer_is_unknown),
		cmocka_unit_test(test_agentless_by_checks_and_orders),
		cmocka_unit_test(test_agentless_lives_if_one_pool_says_so),
		cmocka_unit_test(test_fragment_pool_is_all_live_nodes_with_steer),
		cmocka_unit_test(test_fragment_pool_follows_the_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
