// SPDX-License-Identifier: GPL-2.0
#include "cluster/decide_reload.h"

#include "world.h"

/* A reload to this configuration has begun, and no table has been stored yet. */
static void begin(struct world *w, const struct cluster *next)
{
	for (size_t i = 0; i < next->n_pools; i++)
		index_alloc_assign(&w->state->pool_index, next->pools[i].name);
	assert_int_equal(state_begin_reload(w->state, next, &w->state->pool_index), 0);
	w->state->table_digest = 0;
}

static void decide_during(struct world *w)
{
	decide_reload(w->state, w->now_ns, &w->decision);
	state_published(w->state);
	assert_int_equal(w->decision.epoch, STEER_EPOCH_NONE);
	assert_true(w->decision.converging);
	assert_int_equal(w->decision.announcement.table_digest, 0);
}

static void test_decide_reload_skips_the_dead(void **state)
{
	struct cluster *next = world_config(4, 2);
	struct world *w = world_settled(4, 1);

	(void)state;
	begin(w, next);
	peer_is(w, 2, LIVENESS_DOWN);
	decide_during(w);
	assert_int_equal(byte_of(w, 0, 2) & (STEER_STATE_SERVING | STEER_STATE_LIVE), 0);
	assert_int_equal(byte_of(w, 0, 3), WELL);
	/* The rest has to wait: it may be about another configuration. */
	peer_announces(w, 3, STEER_ADMIN_DRAINING, 0);
	decide_during(w);
	assert_int_equal(byte_of(w, 0, 3), WELL);
	state_abort_reload(w->state);
	w->state->table_digest = 1;
	world_decide(w);
	assert_int_equal(byte_of(w, 0, 3), DRAINING);
	cluster_free(next);
	world_free(w);
}

/* A drain that is heard of while tables are stored is not carried out, nor acknowledged. */
static void test_decide_reload_acknowledges_no_drain(void **state)
{
	struct cluster *next = world_config(3, 1);
	struct world *w = world_settled(3, 1);
	uint64_t before = w->decision.announcement.admin_digest;

	(void)state;
	begin(w, next);
	peer_announces(w, 2, STEER_ADMIN_DRAINING, 0);
	decide_during(w);
	assert_int_equal(byte_of(w, 0, 2), WELL);
	assert_true(w->decision.announcement.admin_digest == before);
	state_abort_reload(w->state);
	w->state->table_digest = 1;
	world_decide(w);
	assert_int_equal(byte_of(w, 0, 2), DRAINING);
	assert_true(w->decision.announcement.admin_digest != before);
	cluster_free(next);
	world_free(w);
}

static void test_decide_reload_keeps_the_last_that_serves(void **state)
{
	struct cluster *next = world_config(2, 1);
	struct world *w = world_settled(2, 1);

	(void)state;
	self_is(w, HEALTH_BAD, "refused");
	world_decide(w);
	begin(w, next);
	peer_is(w, 2, LIVENESS_DOWN);
	decide_during(w);
	assert_true(byte_of(w, 0, 2) & STEER_STATE_SERVING);
	cluster_free(next);
	state_abort_reload(w->state);
	world_free(w);
}

static void test_decide_reload_promotes_the_first_standby_that_is_well(void **state)
{
	struct cluster *config = world_config(4, 1), *next = world_config(4, 1);
	struct world *w = world_new();

	(void)state;
	config->pools[0].mode = next->pools[0].mode = POOL_ACTIVE_PASSIVE;
	config->pools[0].preempt = next->pools[0].preempt = true;
	/* In this order: 2, 3, 4, 1. */
	for (size_t i = 0; i < 4; i++)
		config->pools[0].members[i].node = (i + 1) % 4;
	world_apply(w, config);
	world_settle(w);
	assert_int_equal(byte_of(w, 0, 2), WELL);
	peer_announces(w, 3, STEER_ADMIN_ACTIVE, 1);
	world_decide(w);
	begin(w, next);
	peer_is(w, 2, LIVENESS_DOWN);
	decide_during(w);
	assert_int_equal(byte_of(w, 0, 4), WELL);
	assert_false(byte_of(w, 0, 2) & STEER_STATE_SERVING);
	assert_false(byte_of(w, 0, 1) & STEER_STATE_SERVING);
	cluster_free(next);
	state_abort_reload(w->state);
	world_free(w);
}

static void test_decide_reload_frozen_peers_are_not_dead(void **state)
{
	struct cluster *next = world_config(4, 1);
	struct world *w = world_settled(4, 1);

	(void)state;
	begin(w, next);
	for (uint16_t id = 2; id <= 4; id++)
		peer_is(w, id, LIVENESS_DOWN);
	decide_during(w);
	for (uint16_t id = 1; id <= 4; id++)
		assert_int_equal(byte_of(w, 0, id), WELL);
	cluster_free(next);
	state_abort_reload(w->state);
	world_free(w);
}

/* --- the states before a table is published --- */

static void test_decide_prepare_by_what_the_node_was(void **state)
{
	struct cluster *next = world_config(5, 1);
	struct cluster *config = world_config(4, 1);
	struct world *w = world_new();

	(void)state;
	/* From 1, 2, 3 to 1, 3, 4, 5; node 5 is new to the cluster, node 2 leaves the pool. */
	config->pools[0].n_members = 3;
	next->pools[0].n_members = 4;
	next->pools[0].members[1].node = 2;
	next->pools[0].members[2].node = 3;
	next->pools[0].members[3].node = 4;
	world_apply(w, config);
	world_settle(w);
	peer_is(w, 4, LIVENESS_DOWN);
	world_decide(w);
	begin(w, next);
	decide_prepare(w->state, pool_of(w, 0), false, &(struct election_memory){}, w->now_ns);
	assert_int_equal(pool_of(w, 0)->decided[1], WELL);
	assert_int_equal(pool_of(w, 0)->decided[2], DRAINING);
	assert_int_equal(pool_of(w, 0)->decided[3], WELL);
	/* New to the pool, and known to be down; the other counts as serving until it is known. */
	assert_int_equal(pool_of(w, 0)->decided[4], STEER_STATE_HEALTHY);
	assert_int_equal(pool_of(w, 0)->decided[5], WELL);
	cluster_free(next);
	state_abort_reload(w->state);
	world_free(w);
}

static void test_decide_prepare_forgets_nodes_that_are_gone(void **state)
{
	struct cluster *next = world_config(3, 1);
	struct world *w = world_settled(4, 1);

	(void)state;
	begin(w, next);
	decide_prepare(w->state, pool_of(w, 0), false, &(struct election_memory){}, w->now_ns);
	assert_int_equal(pool_of(w, 0)->decided[4], 0);
	assert_int_equal(pool_of(w, 0)->decided[3], WELL);
	cluster_free(next);
	state_abort_reload(w->state);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decide_reload_skips_the_dead),
		cmocka_unit_test(test_decide_reload_keeps_the_last_that_serves),
		cmocka_unit_test(test_decide_reload_promotes_the_first_standby_that_is_well),
		cmocka_unit_test(test_decide_reload_frozen_peers_are_not_dead),
		cmocka_unit_test(test_decide_prepare_by_what_the_node_was),
		cmocka_unit_test(test_decide_prepare_forgets_nodes_that_are_gone),
		cmocka_unit_test(test_decide_reload_acknowledges_no_drain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
