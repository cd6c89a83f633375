// SPDX-License-Identifier: GPL-2.0
#include "cluster/election.h"

#include "world.h"

/* Node 1 among four, three of which are members. Bytes are given; elections are what is asked. */
enum { WEB /* preempt */, DB, MAIL, POOLS };

static int setup(void **state)
{
	static const char *const names[] = { "web", "db", "mail" };
	struct cluster *config = world_config(4, POOLS);
	struct world *w = world_new();

	config->liveness.interval_ms = 100;
	config->damping = (struct cluster_damping){ .hold_ms = 60000,
						    .max_hold_ms = 600000,
						    .forget_ms = 600000 };
	for (size_t i = 0; i < POOLS; i++) {
		strcpy(config->pools[i].name, names[i]);
		config->pools[i].mode = POOL_ACTIVE_PASSIVE;
		config->pools[i].n_members = 3;
		config->pools[i].preempt = i == WEB;
	}
	world_apply(w, config);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	return 0;
}

static void peers_are(struct world *w, enum liveness_state liveness)
{
	for (uint16_t id = 2; id <= 4; id++)
		w->state->peers[id].liveness = liveness;
}

/* A live peer announces the member that it follows, in this entry. */
static void announces(struct world *w, uint16_t id, size_t entry, uint16_t node, uint16_t term)
{
	struct peer *peer = &w->state->peers[id];

	peer->liveness = LIVENESS_UP;
	peer->has_report = true;
	peer->report.pools_digest = DIGEST;
	peer->report.active[entry] = (struct liveness_active){ node, term };
}

static struct active *active_of(const struct world *w, size_t pool)
{
	return &pool_of(w, pool)->active;
}

/* With the members in these states. Return: which serves, 0: none; ret_panic may be NULL. */
static uint16_t elect(struct world *w, size_t pool, uint8_t first, uint8_t second, uint8_t third,
		      bool *ret_panic)
{
	const uint8_t before[] = { first, second, third };
	uint8_t bytes[] = { first, second, third };
	bool panic = election_decide(w->state, pool_of(w, pool), bytes, w->now_ns);
	uint16_t serves = 0;

	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(bytes[i] & ~STEER_STATE_SERVING, before[i] & ~STEER_STATE_SERVING);
		pool_of(w, pool)->decided[i + 1] = pool_of(w, pool)->published[i + 1] = bytes[i];
		if (!(bytes[i] & STEER_STATE_SERVING))
			continue;
		assert_int_equal(serves, 0);
		serves = i + 1;
	}
	if (ret_panic)
		*ret_panic = panic;
	return serves;
}

static void assert_follows(const struct world *w, size_t pool, uint16_t node, uint16_t term)
{
	assert_int_equal(active_of(w, pool)->node, node);
	assert_int_equal(active_of(w, pool)->term, term);
}

/* --- which member serves --- */

static void test_election_first_that_is_ready_serves(void **state)
{
	struct world *w = *state;
	bool panic;

	peers_are(w, LIVENESS_UP);
	assert_int_equal(elect(w, WEB, READY, READY, READY, NULL), 1);
	assert_int_equal(elect(w, WEB, ILL, WELL, READY, NULL), 2);
	assert_int_equal(elect(w, WEB, ILL, 0, READY, &panic), 3);
	assert_false(panic);
	assert_int_equal(elect(w, WEB, READY, READY, WELL, NULL), 1);
	w->state->peers[1].admin = STEER_ADMIN_DRAINING;
	w->state->peers[2].admin = STEER_ADMIN_MAINTENANCE;
	assert_int_equal(elect(w, WEB, READY, READY, READY, NULL), 3);
	assert_string_equal(pool_of(w, WEB)->active_cause, "");
}

static void test_election_panic_when_no_member_is_ready(void **state)
{
	struct world *w = *state;
	bool panic;

	peers_are(w, LIVENESS_UP);
	assert_int_equal(elect(w, WEB, 0, ILL, ILL, &panic), 2);
	assert_true(panic);
	pool_config(w, WEB)->panic.action = PANIC_DROP;
	assert_int_equal(elect(w, WEB, 0, ILL, ILL, &panic), 0);
	assert_true(panic);
}

static void test_election_held_members_do_not_serve(void **state)
{
	struct world *w = *state;

	peers_are(w, LIVENESS_UP);
	cluster_on_health(w->state, pool_of(w, WEB), 1, HEALTH_GOOD, "", w->now_ns);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(elect(w, WEB, READY, READY, READY, NULL), 1);
		cluster_on_health(w->state, pool_of(w, WEB), 1, HEALTH_BAD, "", w->now_ns);
		cluster_on_health(w->state, pool_of(w, WEB), 1, HEALTH_GOOD, "", w->now_ns);
	}
	assert_int_equal(elect(w, WEB, READY, READY, READY, NULL), 2);
	assert_int_equal(elect(w, DB, READY, READY, READY, NULL), 1);
}

static void test_election_standbys_are_ready_since(void **state)
{
	struct world *w = *state;
	const struct member *members = pool_of(w, DB)->member;

	peers_are(w, LIVENESS_UP);
	elect(w, DB, READY, READY, ILL, NULL);
	assert_int_equal(members[2].ready_ns, START);
	assert_int_equal(members[3].ready_ns, 0);
	w->now_ns += SECOND;
	elect(w, DB, READY, READY, READY, NULL);
	assert_int_equal(members[2].ready_ns, START);
	assert_int_equal(members[3].ready_ns, START + SECOND);
	elect(w, DB, READY, 0, READY, NULL);
	assert_int_equal(members[2].ready_ns, 0);
}

/* --- history --- */

static void test_election_the_member_that_took_over_stays(void **state)
{
	struct liveness_report report = {};
	struct world *w = *state;

	peers_are(w, LIVENESS_UP);
	assert_int_equal(elect(w, DB, READY, READY, READY, NULL), 1);
	assert_follows(w, DB, 1, 1);
	assert_int_equal(elect(w, DB, ILL, READY, READY, NULL), 2);
	assert_int_equal(elect(w, DB, READY, READY, READY, NULL), 2);
	assert_follows(w, DB, 2, 2);
	assert_int_equal(elect(w, MAIL, READY, READY, READY, NULL), 1);
	election_announce(w->state, &report, w->now_ns);
	assert_int_equal(report.active[0].node, 2);
	assert_int_equal(report.active[0].term, 2);
	assert_int_equal(report.active[1].node, 1);
	assert_int_equal(report.active[1].term, 1);
	assert_int_equal(report.active[2].term, 0);
	/* Only for a member within reach. */
	pool_of(w, DB)->decided[2] = 0;
	report = (struct liveness_report){};
	election_announce(w->state, &report, w->now_ns);
	assert_int_equal(report.active[0].term, 0);
	assert_int_equal(report.active[1].term, 1);
}

static void test_election_listens_before_it_begins(void **state)
{
	struct world *w = *state;
	bool panic;

	assert_int_equal(elect(w, DB, READY, READY, READY, &panic), 0);
	assert_false(panic);
	/* A member that was not heard yet may be ready. */
	assert_int_equal(elect(w, DB, ILL, READY, READY, &panic), 0);
	assert_false(panic);
	assert_int_equal(election_due_ns(w->state, pool_of(w, DB), w->now_ns), START + 3 * SECOND);
	assert_true(election_due_ns(w->state, pool_of(w, DB), START + 3 * SECOND) == UINT64_MAX);
	assert_true(election_due_ns(w->state, pool_of(w, WEB), 0) == UINT64_MAX);
	w->state->config->liveness.interval_ms = 10;
	assert_int_equal(election_due_ns(w->state, pool_of(w, DB), w->now_ns), START + SECOND);
	/* The time is over. */
	w->now_ns += SECOND;
	peers_are(w, LIVENESS_DOWN);
	assert_int_equal(elect(w, DB, READY, 0, 0, NULL), 1);
	assert_follows(w, DB, 1, 1);
}

static void test_election_follows_what_live_peers_announce(void **state)
{
	struct world *w = *state;
	struct peer *peer = &w->state->peers[4];

	peers_are(w, LIVENESS_UP);
	assert_int_equal(elect(w, DB, READY, READY, READY, NULL), 1);
	announces(w, 4, 0, 3, 9);
	peer->liveness = LIVENESS_DOWN;
	assert_int_equal(elect(w, DB, READY, READY, READY, NULL), 1);
	announces(w, 4, 0, 3, 9);
	peer->report.pools_digest++; /* it may be about another pool */
	assert_int_equal(elect(w, DB, READY, READY, READY, NULL), 1);
	announces(w, 4, 0, 3, 9);
	peer->has_report = false;
	assert_int_equal(elect(w, DB, READY, READY, READY, NULL), 1);
	announces(w, 4, 0, 3, 9);
	w->state->config->nodes[3].agentless = true;
	assert_int_equal(elect(w, DB, READY, READY, READY, NULL), 1);
	w->state->config->nodes[3].agentless = false;
	assert_int_equal(elect(w, DB, READY, READY, READY, NULL), 3);
	assert_follows(w, DB, 3, 9);
	assert_string_equal(pool_of(w, DB)->active_cause, "as other nodes say");
}

static void test_election_entries_are_each_of_their_pool(void **state)
{
	struct world *w = *state;

	peers_are(w, LIVENESS_UP);
	announces(w, 2, 1, 3, 5);
	assert_int_equal(elect(w, WEB, READY, READY, READY, NULL), 1);
	assert_int_equal(elect(w, DB, READY, READY, READY, NULL), 1);
	assert_int_equal(elect(w, MAIL, READY, READY, READY, NULL), 3);
	/* Without a history db has no entry, and mail's is the first. */
	pool_config(w, DB)->preempt = true;
	announces(w, 2, 0, 2, 6);
	assert_int_equal(elect(w, MAIL, READY, READY, READY, NULL), 2);
}

/* --- cut off --- */

static void test_election_cut_off_gives_up(void **state)
{
	struct world *w = *state;
	struct peer *peers = w->state->peers;

	peers_are(w, LIVENESS_UP);
	assert_int_equal(elect(w, DB, READY, READY, READY, NULL), 1);
	peers[3].cut_off = true;
	assert_int_equal(elect(w, DB, READY, READY, READY, NULL), 1);
	peers[3].cut_off = false;
	w->state->isolated = true;
	/* All members are on this side: none beyond it can have taken over. */
	peers[4].cut_off = peers[4].frozen = true;
	assert_int_equal(elect(w, DB, READY, READY, READY, NULL), 1);
	/* Now it may be so, and what is announced on this side is not new. */
	peers[3].cut_off = peers[3].frozen = true;
	peers[3].liveness = LIVENESS_UNKNOWN;
	announces(w, 2, 0, 2, 9);
	assert_int_equal(elect(w, DB, READY, READY, READY, NULL), 3);
	assert_int_equal(elect(w, WEB, READY, READY, READY, NULL), 1);
	w->state->isolated = false;
	peers[3].cut_off = peers[3].frozen = false;
	assert_int_equal(elect(w, DB, READY, READY, READY, NULL), 2);
	assert_follows(w, DB, 2, 9);
}

/* --- a new daemon, a new configuration --- */

/* A world whose configuration is still to come, with what the map has of a pool. */
static void prepare_first(struct world *w, const struct cluster *next, size_t pool, uint16_t serves,
			  bool known, const struct election_memory *memory)
{
	struct pool *p =
		w->state->pools[index_alloc_find(&w->state->pool_index, next->pools[pool].name)];

	memset(p->decided, 0, sizeof(p->decided));
	p->decided[serves] = WELL;
	election_prepare(w->state, p, known, memory);
}

static void assert_prepared(const struct world *w, const struct cluster *next, size_t pool,
			    uint16_t node, uint16_t term)
{
	const struct pool *p =
		w->state->pools[index_alloc_find(&w->state->pool_index, next->pools[pool].name)];

	assert_int_equal(p->active.node, node);
	assert_int_equal(p->active.term, term);
	assert_int_equal(p->active.begun_ns, 0);
}

static void test_election_new_daemon_goes_on(void **state)
{
	struct election_memory memory = {};
	struct cluster *next = world_config(4, POOLS);
	struct world *w = world_new();

	(void)state;
	for (size_t i = 0; i < POOLS; i++) {
		next->pools[i].mode = POOL_ACTIVE_PASSIVE;
		next->pools[i].preempt = i == WEB;
		index_alloc_assign(&w->state->pool_index, next->pools[i].name);
	}
	assert_int_equal(state_begin_reload(w->state, next, &w->state->pool_index), 0);
	prepare_first(w, next, DB, 2, true, &memory); /* nothing had been announced */
	assert_prepared(w, next, DB, 2, 0);
	memory = (struct election_memory){ DIGEST, { { 2, 6 }, { 3, 7 } } };
	prepare_first(w, next, DB, 2, true, &memory);
	assert_prepared(w, next, DB, 2, 6);
	prepare_first(w, next, MAIL, 1, true, &memory);
	assert_prepared(w, next, MAIL, 3, 7);
	prepare_first(w, next, MAIL, 1, false, &memory);
	assert_prepared(w, next, MAIL, STEER_NODE_NONE, 0);
	prepare_first(w, next, WEB, 3, true, &memory);
	assert_prepared(w, next, WEB, 3, 0);
	memory.pools_digest++;
	prepare_first(w, next, DB, 2, true, &memory);
	assert_prepared(w, next, DB, 2, 0);
	state_abort_reload(w->state);
	cluster_free(next);
	world_free(w);
}

/* To this mode; the announcement of an earlier daemon is no more than that. */
static void reload_db(struct world *w, enum pool_mode mode)
{
	const struct election_memory memory = { DIGEST, { { 1, 9 } } };
	struct cluster *next = world_config(4, POOLS);

	for (size_t i = 0; i < POOLS; i++) {
		strcpy(next->pools[i].name, w->state->config->pools[i].name);
		next->pools[i].mode = i == DB ? mode : POOL_ACTIVE_PASSIVE;
	}
	world_apply_as(w, next, false, &memory);
}

static void test_election_reload_forgets_nothing(void **state)
{
	struct world *w = *state;

	peers_are(w, LIVENESS_UP);
	elect(w, DB, READY, READY, READY, NULL);
	elect(w, DB, ILL, READY, READY, NULL);
	reload_db(w, POOL_ACTIVE_PASSIVE);
	assert_follows(w, DB, 2, 2);
	/* To active-active and back: it begins with the member that serves then. */
	reload_db(w, POOL_ACTIVE_ACTIVE);
	assert_follows(w, DB, STEER_NODE_NONE, 0);
	reload_db(w, POOL_ACTIVE_PASSIVE);
	assert_follows(w, DB, 2, 0);
}

/* --- by order --- */

static enum active_handover hand_over(struct world *w, size_t pool, uint16_t to, bool move)
{
	return election_hand_over(w->state, pool_of(w, pool), to, move, "so", w->now_ns);
}

static void test_election_handover_is_a_new_term(void **state)
{
	struct world *w = *state;

	peers_are(w, LIVENESS_UP);
	elect(w, DB, READY, READY, ILL, NULL);
	assert_int_equal(hand_over(w, DB, 2, false), ACTIVE_HANDOVER_DONE);
	assert_follows(w, DB, 1, 1);
	assert_int_equal(hand_over(w, DB, 2, true), ACTIVE_HANDOVER_DONE);
	assert_follows(w, DB, 2, 2);
	assert_string_equal(pool_of(w, DB)->active_cause, "so");
	assert_int_equal(hand_over(w, DB, 2, true), ACTIVE_HANDOVER_ALREADY);
	assert_int_equal(hand_over(w, DB, 3, true), ACTIVE_HANDOVER_NOT_READY);
	assert_int_equal(hand_over(w, DB, 4, true), ACTIVE_HANDOVER_NOT_MEMBER);
	assert_int_equal(hand_over(w, WEB, 2, true), ACTIVE_HANDOVER_PREEMPT);
	assert_follows(w, DB, 2, 2);
}

static void test_election_missing_are_live_and_follow_another(void **state)
{
	const struct cluster_node *nodes[STEER_MAX_NODES];
	struct world *w = *state;

	peers_are(w, LIVENESS_UP);
	elect(w, DB, READY, READY, READY, NULL);
	announces(w, 2, 0, 1, 1);
	announces(w, 3, 0, 1, 2);
	w->state->peers[4].liveness = LIVENESS_DOWN;
	assert_int_equal(election_missing(w->state, pool_of(w, DB), nodes), 1);
	assert_string_equal(nodes[0]->name, "n3");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_election_first_that_is_ready_serves),
		TEST(test_election_panic_when_no_member_is_ready),
		TEST(test_election_held_members_do_not_serve),
		TEST(test_election_standbys_are_ready_since),
		TEST(test_election_the_member_that_took_over_stays),
		TEST(test_election_listens_before_it_begins),
		TEST(test_election_follows_what_live_peers_announce),
		TEST(test_election_entries_are_each_of_their_pool),
		TEST(test_election_cut_off_gives_up),
		TEST(test_election_new_daemon_goes_on),
		TEST(test_election_reload_forgets_nothing),
		TEST(test_election_handover_is_a_new_term),
		TEST(test_election_missing_are_live_and_follow_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
