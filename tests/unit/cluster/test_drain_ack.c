// SPDX-License-Identifier: GPL-2.0
#include "cluster/drain_ack.h"

#include "world.h"

static void acknowledge(struct world *w, uint16_t id, uint64_t digest)
{
	struct liveness_report report = w->state->peers[id].report;

	report.admin_digest = digest;
	cluster_on_report(w->state, id, &report);
}

static size_t missing(const struct world *w)
{
	const struct cluster_node *nodes[STEER_MAX_NODES];

	return drain_ack_missing(w->state, nodes);
}

static void test_drain_ack_nothing_drained_is_acknowledged(void **state)
{
	struct world *w = world_settled(4, 1);

	(void)state;
	assert_int_equal(drain_ack_digest(w->state), 0);
	assert_int_equal(w->decision.announcement.admin_digest, 0);
	assert_int_equal(missing(w), 0);
	world_free(w);
}

static void test_drain_ack_by_equal_digest(void **state)
{
	const struct cluster_node *nodes[STEER_MAX_NODES];
	struct world *w = world_settled(4, 1);
	uint64_t digest;

	(void)state;
	cluster_on_admin(w->state, 1, STEER_ADMIN_DRAINING, "asked");
	world_decide(w);
	digest = w->decision.announcement.admin_digest;
	assert_int_not_equal(digest, 0);
	assert_int_equal(missing(w), 3);
	acknowledge(w, 2, digest);
	acknowledge(w, 4, digest);
	assert_int_equal(drain_ack_missing(w->state, nodes), 1);
	assert_string_equal(nodes[0]->name, "n3");
	/* A silent peer is not waited for. */
	peer_is(w, 3, LIVENESS_DOWN);
	assert_int_equal(missing(w), 0);
	world_free(w);
}

static void test_drain_ack_digest_is_of_the_orders_of_live_nodes(void **state)
{
	struct world *one = world_settled(4, 1), *two = world_settled(4, 1);
	uint64_t digest;

	(void)state;
	/* In another order. */
	peer_announces(one, 2, STEER_ADMIN_DRAINING, 0);
	peer_announces(one, 3, STEER_ADMIN_MAINTENANCE, 0);
	peer_announces(two, 3, STEER_ADMIN_MAINTENANCE, 0);
	peer_announces(two, 2, STEER_ADMIN_DRAINING, 0);
	digest = drain_ack_digest(one->state);
	assert_int_equal(digest, drain_ack_digest(two->state));
	peer_announces(two, 3, STEER_ADMIN_DRAINING, 0);
	assert_int_not_equal(digest, drain_ack_digest(two->state));
	/* Whether a silent node still drains is not known. */
	peer_is(one, 3, LIVENESS_DOWN);
	assert_int_not_equal(digest, drain_ack_digest(one->state));
	world_free(one);
	world_free(two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drain_ack_nothing_drained_is_acknowledged),
		cmocka_unit_test(test_drain_ack_by_equal_digest),
		cmocka_unit_test(test_drain_ack_digest_is_of_the_orders_of_live_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
