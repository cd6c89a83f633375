// SPDX-License-Identifier: GPL-2.0
#include "world.h"

/* These peers fall silent, this long after each other. */
static void fall(struct world *w, uint16_t first, uint16_t last, uint64_t apart_ns)
{
	for (uint16_t id = first; id <= last; id++) {
		peer_is(w, id, LIVENESS_DOWN);
		if (id != last)
			w->now_ns += apart_ns;
	}
	world_decide(w);
}

static void test_isolation_by_how_many_and_how_fast(void **state)
{
	static const struct {
		const char *what;
		size_t nodes, silent;
		uint64_t apart_ns;
		bool isolated;
	} inputs[] = {
		{ "all three peers", 4, 3, MS, true },
		{ "two of three", 4, 2, MS, false },
		{ "all peers of a pair", 2, 1, MS, false },
		{ "both peers of three nodes", 3, 2, MS, false },
		{ "four of seven", 8, 4, MS, true },
		{ "three of seven", 8, 3, MS, false },
		{ "three of six are no majority", 7, 3, MS, false },
		{ "one by one", 4, 3, 600 * MS, false },
		{ "within a second", 4, 3, 400 * MS, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(*inputs); i++) {
		struct world *w = world_settled(inputs[i].nodes, 1);

		fall(w, 2, 1 + inputs[i].silent, inputs[i].apart_ns);
		if (w->state->isolated != inputs[i].isolated)
			fail_msg("%s: %d", inputs[i].what, w->state->isolated);
		for (uint16_t id = 2; id < 2 + inputs[i].silent; id++)
			assert_int_equal(!!(byte_of(w, 0, id) & STEER_STATE_SERVING),
					 inputs[i].isolated);
		/* Alone, a node cannot know either. */
		assert_int_equal(w->decision.converging,
				 inputs[i].isolated || inputs[i].silent == inputs[i].nodes - 1);
		world_free(w);
	}
}

/* It was noticed late, as the daemon was busy; the times at which it happened count. */
static void test_isolation_is_judged_by_when_it_was_noticed(void **state)
{
	struct world *w = world_settled(4, 1);

	(void)state;
	for (uint16_t id = 2; id <= 4; id++)
		cluster_on_liveness(w->state, id, LIVENESS_DOWN, 31 * MS,
				    w->now_ns + id * 2 * SECOND);
	w->now_ns += 10 * SECOND;
	world_decide(w);
	assert_false(w->state->isolated);
	world_free(w);
}

static void test_isolation_ends_when_all_answer(void **state)
{
	struct world *w = world_settled(4, 1);

	(void)state;
	fall(w, 2, 4, MS);
	assert_true(w->state->isolated);
	assert_int_equal(w->state->n_silent, 3);
	w->now_ns += 60 * SECOND;
	world_decide(w);
	assert_true(w->state->isolated);
	for (uint16_t id = 2; id <= 4; id++) {
		w->now_ns += 10 * MS;
		peer_is(w, id, LIVENESS_UP);
	}
	world_decide(w);
	assert_false(w->state->isolated);
	for (uint16_t id = 1; id <= 4; id++)
		assert_int_equal(byte_of(w, 0, id), WELL);
	/* Just back: still converging, but not for long. */
	assert_true(w->decision.converging);
	w->now_ns = w->decision.next_due_ns;
	world_decide(w);
	assert_false(w->decision.converging);
	world_free(w);
}

static void test_isolation_ends_by_time_for_peers_that_stay_silent(void **state)
{
	struct world *w = world_settled(5, 1);

	(void)state;
	fall(w, 2, 5, MS);
	for (uint16_t id = 2; id <= 3; id++)
		peer_is(w, id, LIVENESS_UP);
	world_decide(w);
	assert_true(w->state->isolated);
	assert_int_equal(byte_of(w, 0, 4), WELL);
	while (w->state->isolated) {
		assert_in_range(w->decision.next_due_ns, w->now_ns + 1, w->now_ns + SECOND);
		w->now_ns = w->decision.next_due_ns;
		assert_in_range(w->now_ns, START, START + 60 * SECOND);
		world_decide(w);
	}
	assert_int_equal(byte_of(w, 0, 4), STEER_STATE_HEALTHY);
	assert_int_equal(byte_of(w, 0, 2), WELL);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_isolation_by_how_many_and_how_fast),
		cmocka_unit_test(test_isolation_is_judged_by_when_it_was_noticed),
		cmocka_unit_test(test_isolation_ends_when_all_answer),
		cmocka_unit_test(test_isolation_ends_by_time_for_peers_that_stay_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
