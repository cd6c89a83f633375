// SPDX-License-Identifier: GPL-2.0
#include "cluster/convergence.h"

#include "world.h"

static void announce_tables(struct world *w, uint16_t id, uint64_t tables, uint64_t pools)
{
	struct liveness_report report = { .table_digest = tables, .pools_digest = pools };

	report.health[0] = 0xff;
	cluster_on_report(w->state, id, &report);
	world_decide(w);
}

static void test_convergence_by_digests(void **state)
{
	static const struct {
		uint64_t tables, pools;
		bool differs;
	} inputs[] = {
		{ 1, DIGEST, false },
		{ 2, DIGEST, true },
		{ 0, DIGEST, true }, /* its tables change */
		{ 1, DIGEST + 1, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(*inputs); i++) {
		struct world *w = world_settled(3, 1);

		announce_tables(w, 2, inputs[i].tables, inputs[i].pools);
		assert_int_equal(w->state->peers[2].diverged_ns != 0, inputs[i].differs);
		assert_int_equal(w->state->peers[3].diverged_ns, 0);
		world_free(w);
	}
}

static void test_convergence_lasts_from_the_first_difference(void **state)
{
	struct world *w = world_settled(3, 1);

	(void)state;
	announce_tables(w, 2, 7, DIGEST);
	w->now_ns += 3 * SECOND;
	announce_tables(w, 2, 8, DIGEST);
	assert_int_equal(convergence_diverged_ns(w->state, 2, w->now_ns), 3 * SECOND);
	announce_tables(w, 2, 1, DIGEST);
	assert_int_equal(convergence_diverged_ns(w->state, 2, w->now_ns), 0);
	world_free(w);
}

/* Of a silent peer it is not known. */
static void test_convergence_of_a_silent_peer_is_unknown(void **state)
{
	struct world *w = world_settled(3, 1);

	(void)state;
	announce_tables(w, 2, 7, DIGEST);
	peer_is(w, 2, LIVENESS_DOWN);
	world_decide(w);
	assert_int_equal(w->state->peers[2].diverged_ns, 0);
	world_free(w);
}

static void test_convergence_grace_is_some_detection_times(void **state)
{
	struct world *w = world_settled(2, 1);

	(void)state;
	assert_int_equal(convergence_grace_ns(w->state), SECOND);
	w->state->config->liveness.interval_ms = 1000;
	assert_int_equal(convergence_grace_ns(w->state), 9 * SECOND);
	world_free(w);
}

static void test_convergence_is_looked_at_when_it_becomes_a_fault(void **state)
{
	struct world *w = world_settled(3, 1);

	(void)state;
	w->now_ns += 60 * SECOND;
	announce_tables(w, 2, 7, DIGEST);
	assert_int_equal(convergence_due_ns(w->state, w->now_ns), w->now_ns + SECOND);
	assert_int_equal(w->decision.next_due_ns, w->now_ns + SECOND);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_convergence_by_digests),
		cmocka_unit_test(test_convergence_lasts_from_the_first_difference),
		cmocka_unit_test(test_convergence_of_a_silent_peer_is_unknown),
		cmocka_unit_test(test_convergence_grace_is_some_detection_times),
		cmocka_unit_test(test_convergence_is_looked_at_when_it_becomes_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
