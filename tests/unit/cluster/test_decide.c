// SPDX-License-Identifier: GPL-2.0
#include "world.h"

/* One thing is so of node 2 (or of ourselves), all else is well: which byte does it get? */
struct input {
	const char *what;
	enum liveness_state liveness;
	bool unreachable, unhealthy;
	enum steer_admin admin;
	uint8_t expected;
};

static const struct input peer_inputs[] = {
	{ "all is well", LIVENESS_UP, .expected = WELL },
	{ "silent", LIVENESS_DOWN, .expected = STEER_STATE_HEALTHY },
	{ "no next hop", LIVENESS_UP, .unreachable = true, .expected = STEER_STATE_HEALTHY },
	{ "its checks fail", LIVENESS_UP, .unhealthy = true, .expected = ILL },
	{ "drained", LIVENESS_UP, .admin = STEER_ADMIN_DRAINING, .expected = DRAINING },
	{ "in maintenance", LIVENESS_UP, .admin = STEER_ADMIN_MAINTENANCE,
	  .expected = STEER_STATE_HEALTHY },
	{ "drained and its checks fail", LIVENESS_UP, .unhealthy = true,
	  .admin = STEER_ADMIN_DRAINING, .expected = ILL | STEER_STATE_DRAINING },
	{ "silent and drained", LIVENESS_DOWN, .admin = STEER_ADMIN_DRAINING,
	  .expected = STEER_STATE_HEALTHY | STEER_STATE_DRAINING },
};

static void test_decide_peer_by_inputs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(peer_inputs) / sizeof(*peer_inputs); i++) {
		const struct input *in = &peer_inputs[i];
		struct world *w = world_settled(4, 2);

		peer_announces(w, 2, in->admin, in->unhealthy ? 1 : 0);
		cluster_on_nexthop(w->state, 2, !in->unreachable);
		if (in->liveness != LIVENESS_UP)
			peer_is(w, 2, in->liveness);
		world_decide(w);
		if (byte_of(w, 0, 2) != in->expected)
			fail_msg("%s: %#x, not %#x", in->what, byte_of(w, 0, 2), in->expected);
		assert_int_equal(byte_of(w, 0, 3), WELL);
		/* Health is a matter of the pool, all else of the node. */
		if (in->unhealthy)
			assert_int_equal(byte_of(w, 1, 2) & STEER_STATE_HEALTHY,
					 STEER_STATE_HEALTHY);
		else
			assert_int_equal(byte_of(w, 1, 2), in->expected);
		world_free(w);
	}
}

static void test_decide_self_by_inputs(void **state)
{
	static const struct {
		const char *what;
		enum health_verdict verdict;
		enum steer_admin admin;
		uint8_t expected;
	} inputs[] = {
		{ "all is well", HEALTH_GOOD, STEER_ADMIN_ACTIVE, WELL },
		{ "our checks fail", HEALTH_BAD, STEER_ADMIN_ACTIVE, ILL },
		{ "drained", HEALTH_GOOD, STEER_ADMIN_DRAINING, DRAINING },
		{ "in maintenance", HEALTH_GOOD, STEER_ADMIN_MAINTENANCE, STEER_STATE_HEALTHY },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(*inputs); i++) {
		struct world *w = world_settled(4, 1);

		if (inputs[i].verdict != HEALTH_GOOD)
			self_is(w, inputs[i].verdict, "refused");
		cluster_on_admin(w->state, 1, inputs[i].admin, "asked");
		world_decide(w);
		if (byte_of(w, 0, 1) != inputs[i].expected)
			fail_msg("%s: %#x", inputs[i].what, byte_of(w, 0, 1));
		/* What we announce is what we do. */
		assert_int_equal(w->decision.announcement.admin, inputs[i].admin);
		assert_int_equal(w->decision.announcement.health[0],
				 inputs[i].verdict == HEALTH_GOOD);
		world_free(w);
	}
}

static void test_decide_before_the_first_check_we_are_what_we_were(void **state)
{
	struct world *w = world_new();

	(void)state;
	world_apply(w, world_config(3, 1));
	world_decide(w);
	assert_int_equal(byte_of(w, 0, 1), ILL);
	assert_int_equal(w->decision.announcement.health[0], 0);
	/* As the daemon before us left it. */
	pool_of(w, 0)->published[1] = WELL;
	world_decide(w);
	assert_int_equal(byte_of(w, 0, 1), WELL);
	assert_int_equal(w->decision.announcement.health[0], 1);
	world_free(w);
}

static void test_decide_unknown_peers_stay_what_they_were(void **state)
{
	struct world *w = world_new();

	(void)state;
	world_apply(w, world_config(3, 1));
	pool_of(w, 0)->published[1] = WELL;
	pool_of(w, 0)->published[2] = DRAINING;
	pool_of(w, 0)->published[3] = 0;
	world_decide(w);
	assert_int_equal(byte_of(w, 0, 2), DRAINING);
	assert_int_equal(byte_of(w, 0, 3), 0);
	world_free(w);
}

/* A node that is no member keeps the flows it has for as long as it lives. */
static void test_decide_former_members_keep_their_flows(void **state)
{
	struct cluster *config = world_config(5, 1), *next = world_config(5, 1);
	struct world *w = world_new();

	(void)state;
	config->pools[0].n_members = 4;
	next->pools[0].n_members = 2;
	world_apply(w, config);
	world_settle(w);
	world_apply(w, next);
	world_decide(w);
	assert_int_equal(byte_of(w, 0, 3), DRAINING);
	/* This one has never been a member, and has no flows. */
	assert_int_equal(byte_of(w, 0, 5), STEER_STATE_LIVE);
	peer_is(w, 3, LIVENESS_DOWN);
	world_decide(w);
	assert_false(byte_of(w, 0, 3) & STEER_STATE_LIVE);
	assert_int_equal(byte_of(w, 0, 4), DRAINING);
	world_free(w);
}

/* Nothing is checked where a node is no member; peers may take it for one already. */
static void test_decide_announces_health_only_of_its_pools(void **state)
{
	struct cluster *config = world_config(3, 2);
	struct world *w = world_new();

	(void)state;
	config->pools[1].n_members = 2;
	for (size_t i = 0; i < 2; i++)
		config->pools[1].members[i].node = i + 1;
	world_apply(w, config);
	world_settle(w);
	assert_int_equal(w->decision.announcement.health[0], 1);
	world_free(w);
}

/* What checks have found stays true when a configuration is refused. */
static void test_decide_prepare_keeps_verdicts(void **state)
{
	struct cluster *next = world_config(3, 1);
	struct world *w = world_settled(3, 1);
	static const struct election_memory nothing;

	(void)state;
	next->pools[0].n_members = 2;
	for (size_t i = 0; i < 2; i++)
		next->pools[0].members[i].node = i + 1;
	self_is(w, HEALTH_BAD, "refused");
	world_decide(w);
	assert_int_equal(byte_of(w, 0, 1) & STEER_STATE_SERVING, 0);
	assert_int_equal(state_begin_reload(w->state, next, &w->state->pool_index), 0);
	decide_prepare(w->state, pool_of(w, 0), false, &nothing, w->now_ns);
	memcpy(pool_of(w, 0)->published, pool_of(w, 0)->decided, sizeof(pool_of(w, 0)->published));
	state_abort_reload(w->state);
	world_decide(w);
	assert_int_equal(byte_of(w, 0, 1) & STEER_STATE_SERVING, 0);
	assert_int_equal(w->decision.announcement.health[0], 0);
	cluster_free(next);
	world_free(w);
}

/* Others may have our flows after the start, a peer's return, and other tables: for an hour. */
static void test_decide_asks_for_an_hour(void **state)
{
	struct world *w = world_settled(3, 1);

	(void)state;
	assert_true(w->decision.asking);
	w->now_ns += 3598 * SECOND;
	world_decide(w);
	assert_false(w->decision.asking);
	w->state->tables_changed_ns = w->now_ns;
	world_decide(w);
	assert_true(w->decision.asking);
	w->state->tables_changed_ns = 0;
	world_decide(w);
	assert_false(w->decision.asking);
	peer_is(w, 2, LIVENESS_DOWN);
	world_decide(w);
	assert_true(w->decision.asking);
	world_free(w);
}

static void test_decide_panic_uses_all_that_live(void **state)
{
	struct cluster *config = world_config(4, 2);
	struct world *w = world_new();

	(void)state;
	for (size_t i = 0; i < 2; i++)
		config->pools[i].panic = (struct cluster_panic){
			.min_healthy = 3,
			.action = i ? PANIC_DROP : PANIC_ALL,
		};
	world_apply(w, config);
	world_settle(w);
	peer_announces(w, 2, STEER_ADMIN_ACTIVE, 3);
	world_decide(w);
	assert_false(pool_of(w, 0)->panic);
	peer_announces(w, 3, STEER_ADMIN_ACTIVE, 3);
	world_decide(w);
	assert_true(pool_of(w, 0)->panic);
	assert_true(pool_of(w, 1)->panic);
	for (uint16_t id = 1; id <= 4; id++) {
		assert_true(byte_of(w, 0, id) & STEER_STATE_SERVING);
		assert_false(byte_of(w, 1, id) & STEER_STATE_SERVING);
	}
	peer_announces(w, 3, STEER_ADMIN_ACTIVE, 0);
	world_decide(w);
	assert_false(pool_of(w, 0)->panic);
	assert_false(byte_of(w, 0, 2) & STEER_STATE_SERVING);
	world_free(w);
}

static void test_decide_reports_about_other_pools_do_not_count(void **state)
{
	struct world *w = world_settled(3, 1);
	struct liveness_report report = { .pools_digest = DIGEST + 1, .table_digest = 1 };

	(void)state;
	/* No health bit is set in it, but its bits are other pools'. */
	cluster_on_report(w->state, 2, &report);
	world_decide(w);
	assert_int_equal(byte_of(w, 0, 2), WELL);
	/* Under the configuration that it is about, it counts without being sent again. */
	w->state->config->pools_digest = DIGEST + 1;
	cluster_reread_reports(w->state);
	world_decide(w);
	assert_int_equal(byte_of(w, 0, 2), ILL);
	world_free(w);
}

static void test_decide_says_when_it_will_differ(void **state)
{
	struct cluster *config = world_config(3, 1);
	struct world *w = world_new();

	(void)state;
	config->pools[0].slow_start_ms = 15000;
	world_apply(w, config);
	world_settle(w);
	w->now_ns += 60 * SECOND;
	world_decide(w);
	/* But for what is remembered for an hour. */
	assert_true(w->decision.next_due_ns - w->now_ns > 3000 * SECOND);
	/* A member returns: its share grows, step by step. */
	peer_announces(w, 2, STEER_ADMIN_ACTIVE, 1);
	world_decide(w);
	peer_announces(w, 2, STEER_ADMIN_ACTIVE, 0);
	world_decide(w);
	for (unsigned int left = 15; left; left--) {
		assert_int_equal(byte_of(w, 0, 2), WELL | RAMP(left));
		assert_in_range(w->decision.next_due_ns, w->now_ns + 1, w->now_ns + SECOND);
		w->now_ns = w->decision.next_due_ns;
		world_decide(w);
	}
	assert_int_equal(byte_of(w, 0, 2), WELL);
	assert_true(w->decision.next_due_ns - w->now_ns > 3000 * SECOND);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decide_peer_by_inputs),
		cmocka_unit_test(test_decide_self_by_inputs),
		cmocka_unit_test(test_decide_before_the_first_check_we_are_what_we_were),
		cmocka_unit_test(test_decide_unknown_peers_stay_what_they_were),
		cmocka_unit_test(test_decide_former_members_keep_their_flows),
		cmocka_unit_test(test_decide_panic_uses_all_that_live),
		cmocka_unit_test(test_decide_reports_about_other_pools_do_not_count),
		cmocka_unit_test(test_decide_says_when_it_will_differ),
		cmocka_unit_test(test_decide_announces_health_only_of_its_pools),
		cmocka_unit_test(test_decide_prepare_keeps_verdicts),
		cmocka_unit_test(test_decide_asks_for_an_hour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
