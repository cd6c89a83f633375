// SPDX-License-Identifier: GPL-2.0
#include "daemon/actives.h"

#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "daemon/changes.h"
#include "daemon/members.h"
#include "daemon/states.h"

/*
 * Node 1 among four, without a datapath, peers or a journal: what actives.c asks of them comes from
 * here (the linker's --wrap, see the Makefile), and what it tells them ends here. Slots are not in
 * the order of the pools.
 */
#define NODES 4
#define DIGEST 4711
#define READY (STEER_STATE_LIVE | STEER_STATE_HEALTHY)
#define ILL STEER_STATE_LIVE
#define SERVES STEER_STATE_SERVING
#define SECOND 1000000000ULL

enum { WEB /* preempt */, DB, MAIL, POOLS };

static struct liveness_peer_status told[NODES + 1]; /* by node id */
static uint8_t bytes[POOLS][NODES + 1];		    /* by slot and node id */
static struct steer_reflector reflector;
static unsigned int published, changes;
static char cause[64]; /* of the last change */

enum liveness_state __wrap_liveness_get_state(const struct liveness *liveness, uint16_t node);
int __wrap_liveness_get_status(struct liveness *liveness, uint16_t node,
			       struct liveness_peer_status *ret_status);
uint8_t __wrap_datapath_get_state(const struct datapath *datapath, uint16_t pool, uint16_t node);
int __wrap_datapath_get_reflector(const struct datapath *datapath,
				  struct steer_reflector *ret_reflector);
void __wrap_states_publish(struct daemon *daemon);
void __wrap_changes_active(struct daemon *daemon, size_t index, uint16_t before,
			   const struct active *now, const char *why);

enum liveness_state __wrap_liveness_get_state(const struct liveness *liveness, uint16_t node)
{
	(void)liveness;
	return told[node].state;
}

int __wrap_liveness_get_status(struct liveness *liveness, uint16_t node,
			       struct liveness_peer_status *ret_status)
{
	(void)liveness;
	*ret_status = told[node];
	return 0;
}

uint8_t __wrap_datapath_get_state(const struct datapath *datapath, uint16_t pool, uint16_t node)
{
	(void)datapath;
	return bytes[pool][node];
}

int __wrap_datapath_get_reflector(const struct datapath *datapath,
				  struct steer_reflector *ret_reflector)
{
	(void)datapath;
	*ret_reflector = reflector;
	return 0;
}

void __wrap_states_publish(struct daemon *daemon)
{
	(void)daemon;
	published++;
}

void __wrap_changes_active(struct daemon *daemon, size_t index, uint16_t before,
			   const struct active *now, const char *why)
{
	(void)daemon;
	(void)index;
	assert_true(before != now->node || now->term);
	changes++;
	snprintf(cause, sizeof(cause), "%s", why ?: "");
}

struct fixture {
	struct daemon *daemon;
	struct cluster cluster;
	struct cluster_node nodes[NODES];
	struct cluster_pool pools[POOLS];
	struct cluster_member members[POOLS][3];
};

static const char *const names[] = { "web", "db", "mail" };

static size_t slot_of(const struct fixture *f, size_t pool)
{
	return slots_find(&f->daemon->pool_slots, names[pool]);
}

static struct active *active_of(const struct fixture *f, size_t pool)
{
	return &f->daemon->pools[slot_of(f, pool)].active;
}

static int setup(void **state)
{
	const struct daemon_options options = {};
	struct fixture *f = calloc(1, sizeof(*f));
	size_t i, k;

	memset(told, 0, sizeof(told));
	memset(bytes, 0, sizeof(bytes));
	reflector = (struct steer_reflector){};
	published = changes = 0;
	f->daemon = daemon_new(&options);
	for (i = 0; i < NODES; i++) {
		snprintf(f->nodes[i].name, sizeof(f->nodes[i].name), "n%zu", i + 1);
		f->nodes[i].id = i + 1;
	}
	f->cluster = (struct cluster){
		.nodes = f->nodes,
		.n_nodes = NODES,
		.pools = f->pools,
		.n_pools = POOLS,
		.liveness = { .interval_ms = 100, .multiplier = 3 },
		.damping = { .hold_ms = 60000, .max_hold_ms = 600000, .forget_ms = 600000 },
		.pools_digest = DIGEST,
	};
	for (i = POOLS; i-- > 0;) {
		f->pools[i] = (struct cluster_pool){
			.mode = POOL_ACTIVE_PASSIVE,
			.members = f->members[i],
			.n_members = 3,
			.preempt = i == WEB,
		};
		strcpy(f->pools[i].name, names[i]);
		for (k = 0; k < 3; k++)
			f->members[i][k].node = k;
		slots_assign(&f->daemon->pool_slots, names[i]);
		assert_int_equal(members_prepare(f->daemon, slot_of(f, i)), 0);
	}
	f->daemon->cluster = &f->cluster;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	f->daemon->cluster = NULL;
	daemon_free(f->daemon);
	free(f);
	return 0;
}

static void peers_are(enum liveness_state state)
{
	for (uint16_t id = 2; id <= NODES; id++)
		told[id].state = state;
}

/* A live peer says whom it follows, in the pool whose word has this place. */
static void says(uint16_t id, size_t place, uint16_t node, uint16_t term)
{
	told[id].state = LIVENESS_UP;
	told[id].has_report = true;
	told[id].report.pools_digest = DIGEST;
	told[id].report.active[place] = (struct liveness_active){ node, term };
}

/* With the members in these states. Return: who serves, 0: nobody; ret_panic may be NULL. */
static uint16_t apply(struct fixture *f, size_t pool, uint8_t first, uint8_t second, uint8_t third,
		      bool *ret_panic)
{
	const uint8_t before[] = { first, second, third };
	uint8_t states[] = { first, second, third };
	bool panic = actives_apply(f->daemon, pool, states);
	uint16_t serves = 0;

	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(states[i] & ~SERVES, before[i] & ~SERVES);
		bytes[slot_of(f, pool)][i + 1] = states[i];
		if (!(states[i] & SERVES))
			continue;
		assert_int_equal(serves, 0);
		serves = i + 1;
	}
	if (ret_panic)
		*ret_panic = panic;
	return serves;
}

static void assert_follows(const struct fixture *f, size_t pool, uint16_t node, uint16_t term)
{
	assert_int_equal(active_of(f, pool)->node, node);
	assert_int_equal(active_of(f, pool)->term, term);
}

/* --- who serves --- */

static void test_actives_first_that_is_ready_serves(void **state)
{
	struct fixture *f = *state;
	bool panic;

	peers_are(LIVENESS_UP);
	assert_int_equal(apply(f, WEB, READY, READY, READY, NULL), 1);
	assert_int_equal(apply(f, WEB, ILL, READY | SERVES, READY, NULL), 2);
	assert_int_equal(apply(f, WEB, ILL, 0, READY, &panic), 3);
	assert_false(panic);
	assert_int_equal(apply(f, WEB, READY, READY, READY | SERVES, NULL), 1);
	f->daemon->admin = STEER_ADMIN_DRAINING;
	f->daemon->peers[2].admin = STEER_ADMIN_MAINTENANCE;
	assert_int_equal(apply(f, WEB, READY, READY, READY, NULL), 3);
	assert_int_equal(changes, 5);
	assert_string_equal(cause, "");
}

static void test_actives_panic_when_nobody_is_ready(void **state)
{
	struct fixture *f = *state;
	bool panic;

	peers_are(LIVENESS_UP);
	assert_int_equal(apply(f, WEB, 0, ILL, ILL, &panic), 2);
	assert_true(panic);
	f->pools[WEB].panic.action = PANIC_DROP;
	assert_int_equal(apply(f, WEB, 0, ILL, ILL, &panic), 0);
	assert_true(panic);
}

static void test_actives_who_is_held_down_does_not_serve(void **state)
{
	struct fixture *f = *state;

	peers_are(LIVENESS_UP);
	members_health(f->daemon, WEB, &f->nodes[0], HEALTH_GOOD);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(apply(f, WEB, READY, READY, READY, NULL), 1);
		members_health(f->daemon, WEB, &f->nodes[0], HEALTH_BAD);
		members_health(f->daemon, WEB, &f->nodes[0], HEALTH_GOOD);
	}
	assert_int_equal(apply(f, WEB, READY, READY, READY, NULL), 2);
	assert_int_equal(apply(f, DB, READY, READY, READY, NULL), 1);
}

static void test_actives_standbys_are_ready_since(void **state)
{
	struct fixture *f = *state;
	const struct member *members = f->daemon->pools[slot_of(f, DB)].members;
	uint64_t since_ns;

	peers_are(LIVENESS_UP);
	apply(f, DB, READY, READY, ILL, NULL);
	since_ns = members[2].ready_ns;
	assert_int_not_equal(since_ns, 0);
	assert_int_equal(members[3].ready_ns, 0);
	apply(f, DB, READY, READY, READY, NULL);
	assert_int_equal(members[2].ready_ns, since_ns);
	assert_int_not_equal(members[3].ready_ns, 0);
	apply(f, DB, READY, 0, READY, NULL);
	assert_int_equal(members[2].ready_ns, 0);
}

/* --- history --- */

static void test_actives_who_took_over_stays(void **state)
{
	struct liveness_report report = {};
	struct fixture *f = *state;

	peers_are(LIVENESS_UP);
	assert_int_equal(apply(f, DB, READY, READY, READY, NULL), 1);
	assert_follows(f, DB, 1, 1);
	assert_int_equal(apply(f, DB, ILL, READY, READY, NULL), 2);
	assert_int_equal(apply(f, DB, READY, READY, READY, NULL), 2);
	assert_follows(f, DB, 2, 2);
	assert_int_equal(apply(f, MAIL, READY, READY, READY, NULL), 1);
	actives_announce(f->daemon, &report);
	assert_int_equal(report.active[0].node, 2);
	assert_int_equal(report.active[0].term, 2);
	assert_int_equal(report.active[1].node, 1);
	assert_int_equal(report.active[1].term, 1);
	assert_int_equal(report.active[2].term, 0);
	/* Only for who is within reach. */
	bytes[slot_of(f, DB)][2] = 0;
	report = (struct liveness_report){};
	actives_announce(f->daemon, &report);
	assert_int_equal(report.active[0].term, 0);
	assert_int_equal(report.active[1].term, 1);
}

static void test_actives_listen_before_they_begin(void **state)
{
	struct fixture *f = *state;
	struct active *active = active_of(f, DB);
	uint64_t due_ns, now_ns = daemon_now_ns();
	bool panic;

	assert_int_equal(apply(f, DB, READY, READY, READY, &panic), 0);
	assert_false(panic);
	/* Who has not been heard may be ready. */
	assert_int_equal(apply(f, DB, ILL, READY, READY, &panic), 0);
	assert_false(panic);
	due_ns = actives_due_ns(f->daemon, &f->pools[DB], slot_of(f, DB), now_ns);
	assert_int_equal(due_ns, active->begun_ns + 3 * SECOND);
	assert_true(actives_due_ns(f->daemon, &f->pools[DB], slot_of(f, DB), due_ns) == UINT64_MAX);
	assert_true(actives_due_ns(f->daemon, &f->pools[WEB], slot_of(f, WEB), 0) == UINT64_MAX);
	f->cluster.liveness.interval_ms = 10;
	due_ns = actives_due_ns(f->daemon, &f->pools[DB], slot_of(f, DB), now_ns);
	assert_int_equal(due_ns, active->begun_ns + SECOND);
	/* The time is over. */
	active->begun_ns -= SECOND;
	peers_are(LIVENESS_DOWN);
	assert_int_equal(apply(f, DB, READY, 0, 0, NULL), 1);
	assert_follows(f, DB, 1, 1);
}

static void test_actives_follow_the_word_of_live_peers(void **state)
{
	struct fixture *f = *state;

	peers_are(LIVENESS_UP);
	assert_int_equal(apply(f, DB, READY, READY, READY, NULL), 1);
	says(4, 0, 3, 9);
	told[4].state = LIVENESS_DOWN;
	assert_int_equal(apply(f, DB, READY, READY, READY, NULL), 1);
	says(4, 0, 3, 9);
	told[4].report.pools_digest++; /* its word may be about another pool */
	assert_int_equal(apply(f, DB, READY, READY, READY, NULL), 1);
	says(4, 0, 3, 9);
	told[4].has_report = false;
	assert_int_equal(apply(f, DB, READY, READY, READY, NULL), 1);
	says(4, 0, 3, 9);
	f->nodes[3].agentless = true;
	assert_int_equal(apply(f, DB, READY, READY, READY, NULL), 1);
	f->nodes[3].agentless = false;
	assert_int_equal(apply(f, DB, READY, READY, READY, NULL), 3);
	assert_follows(f, DB, 3, 9);
	assert_string_equal(cause, "as other nodes say");
}

static void test_actives_words_are_each_of_their_pool(void **state)
{
	struct fixture *f = *state;

	peers_are(LIVENESS_UP);
	says(2, 1, 3, 5);
	assert_int_equal(apply(f, WEB, READY, READY, READY, NULL), 1);
	assert_int_equal(apply(f, DB, READY, READY, READY, NULL), 1);
	assert_int_equal(apply(f, MAIL, READY, READY, READY, NULL), 3);
	/* Without a history db has no word, and mail's is the first. */
	f->pools[DB].preempt = true;
	says(2, 0, 2, 6);
	assert_int_equal(apply(f, MAIL, READY, READY, READY, NULL), 2);
}

/* --- cut off --- */

static void test_actives_cut_off_give_up(void **state)
{
	struct fixture *f = *state;

	peers_are(LIVENESS_UP);
	assert_int_equal(apply(f, DB, READY, READY, READY, NULL), 1);
	f->daemon->peers[3].cut = true;
	assert_int_equal(apply(f, DB, READY, READY, READY, NULL), 1);
	f->daemon->peers[3].cut = false;
	f->daemon->isolated = true;
	/* All members are on this side: nobody can have taken over. */
	f->daemon->peers[4].cut = f->daemon->peers[4].held = true;
	assert_int_equal(apply(f, DB, READY, READY, READY, NULL), 1);
	/* Now it may be so, and what is said on this side is no news. */
	f->daemon->peers[3].cut = f->daemon->peers[3].held = true;
	told[3].state = LIVENESS_UNKNOWN;
	says(2, 0, 2, 9);
	assert_int_equal(apply(f, DB, READY, READY, READY, NULL), 3);
	assert_int_equal(apply(f, WEB, READY, READY, READY, NULL), 1);
	f->daemon->isolated = false;
	f->daemon->peers[3].cut = f->daemon->peers[3].held = false;
	assert_int_equal(apply(f, DB, READY, READY, READY, NULL), 2);
	assert_follows(f, DB, 2, 9);
}

/* --- a new daemon, a new configuration --- */

static void prepare(struct fixture *f, size_t pool, bool known)
{
	actives_prepare(f->daemon, &f->cluster, &f->pools[pool], slot_of(f, pool), known);
}

static void test_actives_new_daemon_goes_on(void **state)
{
	struct fixture *f = *state;

	f->daemon->cluster = NULL;
	bytes[slot_of(f, DB)][2] = READY | SERVES;
	prepare(f, DB, true); /* no answer had been made */
	assert_follows(f, DB, 2, 0);
	reflector.discriminator = 1;
	reflector.answer.pools_digest = htobe64(DIGEST);
	reflector.answer.active[0] = (struct steer_sbfd_active){ htobe16(2), htobe16(6) };
	reflector.answer.active[1] = (struct steer_sbfd_active){ htobe16(3), htobe16(7) };
	prepare(f, DB, true);
	assert_follows(f, DB, 2, 6);
	prepare(f, MAIL, true);
	assert_follows(f, MAIL, 3, 7);
	prepare(f, MAIL, false);
	assert_follows(f, MAIL, STEER_NODE_NONE, 0);
	bytes[slot_of(f, WEB)][3] = READY | SERVES;
	prepare(f, WEB, true);
	assert_follows(f, WEB, 3, 0);
	reflector.answer.pools_digest = htobe64(DIGEST + 1);
	prepare(f, DB, true);
	assert_follows(f, DB, 2, 0);
	assert_int_equal(active_of(f, DB)->begun_ns, 0);
}

static void test_actives_reload_forgets_nothing(void **state)
{
	struct fixture *f = *state;
	struct cluster_pool pool = f->pools[DB];

	peers_are(LIVENESS_UP);
	apply(f, DB, READY, READY, READY, NULL);
	apply(f, DB, ILL, READY, READY, NULL);
	prepare(f, DB, true);
	assert_follows(f, DB, 2, 2);
	/* What an earlier daemon told is no more than that. */
	reflector.discriminator = 1;
	reflector.answer.pools_digest = htobe64(DIGEST);
	reflector.answer.active[0] = (struct steer_sbfd_active){ htobe16(1), htobe16(9) };
	/* To active-active and back: who serves then is whom it begins with. */
	pool.mode = POOL_ACTIVE_ACTIVE;
	actives_prepare(f->daemon, &f->cluster, &pool, slot_of(f, DB), true);
	assert_follows(f, DB, STEER_NODE_NONE, 0);
	f->pools[DB].mode = POOL_ACTIVE_ACTIVE;
	pool.mode = POOL_ACTIVE_PASSIVE;
	actives_prepare(f->daemon, &f->cluster, &pool, slot_of(f, DB), true);
	assert_follows(f, DB, 2, 0);
}

/* --- by order --- */

static void test_actives_handover_is_a_new_term(void **state)
{
	struct fixture *f = *state;

	peers_are(LIVENESS_UP);
	apply(f, DB, READY, READY, ILL, NULL);
	assert_int_equal(actives_hand_over(f->daemon, DB, 2, false, "so"), ACTIVE_HANDOVER_DONE);
	assert_follows(f, DB, 1, 1);
	assert_int_equal(published, 0);
	assert_int_equal(actives_hand_over(f->daemon, DB, 2, true, "so"), ACTIVE_HANDOVER_DONE);
	assert_follows(f, DB, 2, 2);
	assert_int_equal(published, 1);
	assert_string_equal(cause, "so");
	assert_int_equal(actives_hand_over(f->daemon, DB, 2, true, ""), ACTIVE_HANDOVER_ALREADY);
	assert_int_equal(actives_hand_over(f->daemon, DB, 3, true, ""), ACTIVE_HANDOVER_NOT_READY);
	assert_int_equal(actives_hand_over(f->daemon, DB, 4, true, ""), ACTIVE_HANDOVER_STRANGER);
	assert_int_equal(actives_hand_over(f->daemon, WEB, 2, true, ""), ACTIVE_HANDOVER_PREEMPT);
	assert_follows(f, DB, 2, 2);
	assert_int_equal(published, 1);
}

static void test_actives_missing_are_live_and_follow_another(void **state)
{
	_cleanup_(cleanup_json) json_t *missing = NULL, *expected = json_pack("[s]", "n3");
	struct fixture *f = *state;

	peers_are(LIVENESS_UP);
	apply(f, DB, READY, READY, READY, NULL);
	says(2, 0, 1, 1);
	says(3, 0, 1, 2);
	told[4].state = LIVENESS_DOWN;
	missing = actives_missing(f->daemon, DB);
	assert_true(json_equal(missing, expected));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_actives_first_that_is_ready_serves),
		TEST(test_actives_panic_when_nobody_is_ready),
		TEST(test_actives_who_is_held_down_does_not_serve),
		TEST(test_actives_standbys_are_ready_since),
		TEST(test_actives_who_took_over_stays),
		TEST(test_actives_listen_before_they_begin),
		TEST(test_actives_follow_the_word_of_live_peers),
		TEST(test_actives_words_are_each_of_their_pool),
		TEST(test_actives_cut_off_give_up),
		TEST(test_actives_new_daemon_goes_on),
		TEST(test_actives_reload_forgets_nothing),
		TEST(test_actives_handover_is_a_new_term),
		TEST(test_actives_missing_are_live_and_follow_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
