// SPDX-License-Identifier: GPL-2.0
#include "cluster/diff.h"

#include "cluster/member_health.h"

#include "world.h"

/* The events that have left so far, one "KIND NODE OLD NEW SCOPE" or "KIND POOL …" per line. */
static char text[8192];

static void release(struct world *w, uint64_t now_ns)
{
	struct event *event;
	size_t used = strlen(text);

	while ((event = delay_queue_pop(&w->state->delayed, now_ns))) {
		used += snprintf(text + used, sizeof(text) - used, "%s %s%s%s %s %s %s%s\n",
				 event_kind_word(event->kind), event->pool ?: "",
				 event->pool && event->node ? "/" : "", event->node ?: "",
				 event->old ?: "-", event->new, event_scope_word(event->scope),
				 event_is_alarm(event) ? "!" : "");
		free(event);
	}
}

/* A publication, without the maps. */
static void publish(struct world *w)
{
	const struct event_time now = { w->now_ns, 1 };

	decide(w->state, w->now_ns, &w->decision);
	assert_int_equal(diff(w->state, &now), 0);
	state_published(w->state);
	release(w, w->now_ns);
}

/* Until all that is delayed has left. */
static void wait_for_all(struct world *w)
{
	while (delay_queue_due(&w->state->delayed) != UINT64_MAX) {
		if (delay_queue_due(&w->state->delayed) > w->now_ns)
			w->now_ns = delay_queue_due(&w->state->delayed);
		publish(w);
	}
}

static void assert_events(const char *expected)
{
	assert_string_equal(text, expected);
	text[0] = '\0';
}

static struct world *start(size_t n_nodes, size_t n_pools)
{
	struct world *w = world_new();

	world_apply(w, world_config(n_nodes, n_pools));
	world_settle(w);
	publish(w);
	text[0] = '\0';
	return w;
}

static void down(struct world *w, uint16_t id)
{
	peer_is(w, id, LIVENESS_DOWN);
	publish(w);
}

static void up(struct world *w, uint16_t id)
{
	peer_is(w, id, LIVENESS_UP);
	publish(w);
}

static void test_diff_of_a_start(void **state)
{
	struct world *w = world_new();

	(void)state;
	text[0] = '\0';
	world_apply(w, world_config(2, 1));
	peer_announces(w, 2, STEER_ADMIN_ACTIVE, 0);
	cluster_on_nexthop(w->state, 2, true);
	publish(w);
	/* This node was not live in the empty map; its peer counts as serving. */
	assert_events("member pool0/n1 - unhealthy node\n");
	up(w, 2);
	assert_events("liveness n2 unknown up node\n");
	self_is(w, HEALTH_GOOD, "");
	publish(w);
	assert_events("health pool0/n1 unhealthy healthy service\n"
		      "member pool0/n1 unhealthy serving service\n");
	/* Nothing has changed: nothing is an event. */
	publish(w);
	assert_events("");
	world_free(w);
}

static void test_diff_a_death_is_delayed_a_little(void **state)
{
	struct world *w = start(4, 1);

	(void)state;
	down(w, 2);
	peer_announces(w, 3, STEER_ADMIN_DRAINING, 0);
	publish(w);
	assert_events("");
	wait_for_all(w);
	assert_events("liveness n2 up down node!\n"
		      "member pool0/n2 serving down node\n"
		      "admin n3 active draining node\n"
		      "member pool0/n3 serving draining node\n");
	world_free(w);
}

/* A flap that is shorter than that is an event all the same, also if it was noticed at once. */
static void test_diff_no_flap_is_lost(void **state)
{
	struct world *w = start(2, 1);

	(void)state;
	down(w, 2);
	up(w, 2);
	wait_for_all(w);
	assert_events("liveness n2 up down node!\nmember pool0/n2 serving down node\n"
		      "liveness n2 down up node\nmember pool0/n2 down serving node\n");
	peer_is(w, 2, LIVENESS_DOWN);
	peer_is(w, 2, LIVENESS_UP);
	publish(w);
	wait_for_all(w);
	assert_events("liveness n2 up down node!\nliveness n2 down up node\n");
	world_free(w);
}

#define ISOLATED "isolation n1 connected isolated systemic!\n"
#define REJOINED "isolation n1 isolated connected systemic\n"

/* It was down, came, and went again while the loop was busy. */
static void test_diff_no_return_is_lost(void **state)
{
	struct world *w = start(4, 1);

	(void)state;
	peer_is(w, 2, LIVENESS_DOWN);
	publish(w);
	wait_for_all(w);
	text[0] = '\0';
	peer_is(w, 2, LIVENESS_UP);
	peer_is(w, 2, LIVENESS_DOWN);
	publish(w);
	wait_for_all(w);
	assert_events("liveness n2 down up node\n"
		      "liveness n2 up down node!\n");
	world_free(w);
}

static void test_diff_isolation_is_one_alarm(void **state)
{
	struct cluster *config = world_config(4, 1);
	struct world *w = world_new();

	(void)state;
	config->pools[0].panic.min_healthy = 4;
	world_apply(w, config);
	world_settle(w);
	publish(w);
	text[0] = '\0';
	for (uint16_t id = 2; id <= 4; id++)
		down(w, id);
	assert_events(ISOLATED);
	wait_for_all(w);
	assert_events("");
	for (uint16_t id = 2; id <= 4; id++)
		up(w, id);
	assert_events(REJOINED);
	world_free(w);
}

static void test_diff_isolation_in_one_batch(void **state)
{
	struct world *w = start(4, 1);

	(void)state;
	for (uint16_t id = 2; id <= 4; id++)
		peer_is(w, id, LIVENESS_DOWN);
	publish(w);
	wait_for_all(w);
	assert_events(ISOLATED);
	world_free(w);
}

static void test_diff_peers_that_stay_silent_are_events_in_the_end(void **state)
{
	struct world *w = start(4, 1);

	(void)state;
	for (uint16_t id = 2; id <= 4; id++)
		down(w, id);
	up(w, 2);
	up(w, 4);
	w->now_ns += 10 * SECOND;
	publish(w);
	assert_events(ISOLATED REJOINED "liveness n3 up down node!\n"
					"member pool0/n3 serving down node\n");
	up(w, 3);
	assert_events("liveness n3 down up node\nmember pool0/n3 down serving node\n");
	world_free(w);
}

/* What was an event already needs its end. */
static void test_diff_isolation_after_a_death_that_was_an_event(void **state)
{
	struct world *w = start(4, 1);

	(void)state;
	down(w, 2);
	w->now_ns += 60 * MS;
	publish(w);
	assert_events("liveness n2 up down node!\nmember pool0/n2 serving down node\n");
	down(w, 3);
	down(w, 4);
	assert_events(ISOLATED "member pool0/n2 down serving node\n");
	up(w, 2);
	assert_events("liveness n2 down up node\n");
	up(w, 3);
	up(w, 4);
	assert_events(REJOINED);
	world_free(w);
}

/* Isolation does not explain a panic that goes on. */
static void test_diff_panic_that_lasts_is_an_event(void **state)
{
	struct cluster *config = world_config(4, 1);
	struct world *w = world_new();

	(void)state;
	config->pools[0].panic.min_healthy = 4;
	world_apply(w, config);
	world_settle(w);
	publish(w);
	text[0] = '\0';
	down(w, 2);
	self_is(w, HEALTH_BAD, "refused");
	publish(w);
	down(w, 3);
	down(w, 4);
	wait_for_all(w);
	/* Delayed behind the silence were: health, which stays, and the panic, which does, too. */
	assert_non_null(strstr(text, ISOLATED));
	assert_non_null(strstr(text, "health pool0/n1 healthy unhealthy service!\n"));
	assert_non_null(strstr(text, "panic pool0 off on service!\n"));
	assert_null(strstr(text, "panic pool0 on off"));
	assert_null(strstr(text, "liveness"));
	world_free(w);
}

static void test_diff_members_by_cause(void **state)
{
	static const struct {
		const char *what;
		unsigned int unhealthy;
		enum steer_admin admin;
		bool unreachable;
		const char *expected;
	} inputs[] = {
		{ "its checks fail", 1, STEER_ADMIN_ACTIVE, false,
		  "member pool0/n2 serving unhealthy service!\n" },
		{ "drained", 0, STEER_ADMIN_DRAINING, false,
		  "admin n2 active draining node\nmember pool0/n2 serving draining node\n" },
		{ "in maintenance", 0, STEER_ADMIN_MAINTENANCE, false,
		  "admin n2 active maintenance node\nmember pool0/n2 serving down node\n" },
		{ "no next hop", 0, STEER_ADMIN_ACTIVE, true,
		  "member pool0/n2 serving down node\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(*inputs); i++) {
		struct world *w = start(3, 1);

		peer_announces(w, 2, inputs[i].admin, inputs[i].unhealthy);
		cluster_on_nexthop(w->state, 2, !inputs[i].unreachable);
		publish(w);
		assert_events(inputs[i].expected);
		world_free(w);
	}
}

static void test_diff_active_member(void **state)
{
	struct cluster *config = world_config(3, 1);
	struct world *w = world_new();

	(void)state;
	text[0] = '\0';
	config->pools[0].mode = POOL_ACTIVE_PASSIVE;
	config->pools[0].preempt = true;
	world_apply(w, config);
	world_settle(w);
	publish(w);
	text[0] = '\0';
	self_is(w, HEALTH_BAD, "refused");
	publish(w);
	assert_events("health pool0/n1 healthy unhealthy service!\n"
		      "active pool0 n1 n2 service!\n"
		      "member pool0/n1 serving unhealthy service\n"
		      "member pool0/n2 ready serving service\n");
	world_free(w);
}

/* Those of most live peers are a single event. */
static void test_diff_tables_of_one_and_of_most(void **state)
{
	static const struct {
		uint16_t last;
		const char *differ, *same;
	} inputs[] = {
		{ 2, "tables n2 same differ node!\n", "tables n2 differ same node\n" },
		{ 3, "tables n1 same differ systemic!\n", "tables n1 differ same systemic\n" },
		{ 4, "tables n1 same differ systemic!\n", "tables n1 differ same systemic\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(*inputs); i++) {
		struct world *w = start(4, 1);

		w->state->table_digest = 2;
		for (uint16_t id = inputs[i].last + 1; id <= 4; id++)
			peer_announces(w, id, STEER_ADMIN_ACTIVE, 0);
		publish(w);
		assert_events("");
		w->now_ns += 2 * SECOND;
		publish(w);
		assert_events(inputs[i].differ);
		publish(w);
		assert_events("");
		for (uint16_t id = 2; id <= inputs[i].last; id++)
			peer_announces(w, id, STEER_ADMIN_ACTIVE, 0);
		publish(w);
		assert_events(inputs[i].same);
		world_free(w);
	}
}

static void test_diff_hold_is_said(void **state)
{
	struct cluster *config = world_config(2, 1);
	struct world *w = world_new();
	struct event *event;

	(void)state;
	config->damping = (struct cluster_damping){ .hold_ms = 5000,
						    .max_hold_ms = 60000,
						    .forget_ms = 60000 };
	world_apply(w, config);
	world_settle(w);
	publish(w);
	text[0] = '\0';
	for (size_t i = 0; i < 2; i++) {
		down(w, 2);
		wait_for_all(w);
		text[0] = '\0';
		peer_is(w, 2, LIVENESS_UP);
	}
	decide(w->state, w->now_ns, &w->decision);
	diff(w->state, &(struct event_time){ w->now_ns, 1 });
	event = delay_queue_pop(&w->state->delayed, w->now_ns);
	assert_string_equal(event->cause, "its kernel answers probes; it is held down for 5.0 s "
					  "after 2 failures");
	free(event);
	release(w, w->now_ns);
	world_free(w);
}

/* Of a member that serves again after a hold, no panic is the cause. */
static void test_diff_end_of_a_hold_is_no_panic(void **state)
{
	struct cluster *config = world_config(3, 1);
	struct world *w = world_new();
	struct event *event;

	(void)state;
	config->damping = (struct cluster_damping){ .hold_ms = 5000,
						    .max_hold_ms = 60000,
						    .forget_ms = 60000 };
	world_apply(w, config);
	world_settle(w);
	publish(w);
	for (size_t i = 0; i < 2; i++) {
		down(w, 2);
		wait_for_all(w);
		up(w, 2);
	}
	assert_int_equal(byte_of(w, 0, 2), READY);
	w->now_ns += member_health_held_ns(w->state, pool_of(w, 0), 2, w->now_ns);
	decide(w->state, w->now_ns, &w->decision);
	diff(w->state, &(struct event_time){ w->now_ns, 1 });
	event = delay_queue_pop(&w->state->delayed, w->now_ns);
	assert_non_null(event);
	assert_string_equal(event->new, "serving");
	assert_string_equal(event->cause, "it is held down no more");
	free(event);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_diff_of_a_start),
		cmocka_unit_test(test_diff_a_death_is_delayed_a_little),
		cmocka_unit_test(test_diff_no_flap_is_lost),
		cmocka_unit_test(test_diff_isolation_is_one_alarm),
		cmocka_unit_test(test_diff_isolation_in_one_batch),
		cmocka_unit_test(test_diff_peers_that_stay_silent_are_events_in_the_end),
		cmocka_unit_test(test_diff_isolation_after_a_death_that_was_an_event),
		cmocka_unit_test(test_diff_panic_that_lasts_is_an_event),
		cmocka_unit_test(test_diff_members_by_cause),
		cmocka_unit_test(test_diff_active_member),
		cmocka_unit_test(test_diff_tables_of_one_and_of_most),
		cmocka_unit_test(test_diff_hold_is_said),
		cmocka_unit_test(test_diff_end_of_a_hold_is_no_panic),
		cmocka_unit_test(test_diff_no_return_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
