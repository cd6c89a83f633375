// SPDX-License-Identifier: GPL-2.0
#include "prober_fixture.h"

#include <signal.h>
#include <sys/wait.h>

static void test_initiator_peer_rises_falls_and_returns(void **state)
{
	struct fixture *f = *state;
	uint64_t stopped_ns;

	start_v4(f);
	run_until(f, f->state[PEER4] == LIVENESS_UP);
	assert_int_equal(f->changes[PEER4], 1);
	assert_int_equal(f->untold, 0);
	assert_int_equal(with(&f->v4, f->v4.last_ttl), 255);
	assert_true(status(f, PEER4).counters.rtt_ns < 1000 * MS);
	run_until(f, status(f, PEER4).counters.answered >= 10);

	/* Its kernel dies between two probes. */
	reflector_stop(&f->v4);
	stopped_ns = now_ns();
	run_until(f, f->state[PEER4] == LIVENESS_DOWN);
	assert_true(f->changed_ns - stopped_ns >= DETECTION_MS * MS);
	assert_true(f->silent_ns >= DETECTION_MS * MS);
	print_message("down %.1f ms after the death\n", (f->changed_ns - stopped_ns) / 1e6);

	assert_true(reflector_start(&f->v4, ADDR4, PEER4));
	run_until(f, f->state[PEER4] == LIVENESS_UP);
	assert_int_equal(f->changes[PEER4], 3);
}

static void test_initiator_speaks_ipv6(void **state)
{
	struct fixture *f = *state;

	if (!reflector_start(&f->v6, "::1", PEER6)) {
		print_message("skipped: no IPv6, or ::1 port 7784 is taken\n");
		skip();
	}
	set_peer(f, PEER6, "::1");
	run_until(f, f->state[PEER6] == LIVENESS_UP);
	assert_int_equal(with(&f->v6, f->v6.last_ttl), 255);
}

static void test_initiator_dead_from_the_start_is_down(void **state)
{
	struct fixture *f = *state;

	set_peer(f, PEER4, ADDR4);
	run_until(f, f->changes[PEER4]);
	assert_int_equal(f->state[PEER4], LIVENESS_DOWN);
	assert_false(status(f, PEER4).has_report);
	assert_int_equal(status(f, PEER4).counters.last_answer_ns, 0);
}

/* Broadcast needs a permission we have not asked for: a send that fails on every machine. */
static void test_initiator_unsendable_peer_is_not_accused(void **state)
{
	struct fixture *f = *state;

	start_v4(f);
	run_until(f, f->state[PEER4] == LIVENESS_UP);
	set_peer(f, PEER4, "255.255.255.255");
	run_until(f, status(f, PEER4).counters.unsent >= 10);
	assert_int_equal(status(f, PEER4).counters.send_error, -EACCES);
	assert_int_equal(status(f, PEER4).state, LIVENESS_UP);
	assert_int_equal(f->changes[PEER4], 1);
}

/* But no flows must wait for one that was never there. */
static void test_initiator_peer_that_never_could_be_reached_is_down(void **state)
{
	struct fixture *f = *state;

	set_peer(f, NOWHERE, "255.255.255.255");
	start_v4(f);
	run_until(f, f->state[NOWHERE] == LIVENESS_DOWN);
	assert_int_equal(status(f, NOWHERE).counters.send_error, -EACCES);
	assert_int_equal(status(f, NOWHERE).counters.sent, 0);
	run_until(f, f->state[PEER4] == LIVENESS_UP);
}

/* Sleep as a stopped process does, all threads of it. */
static void stop_for_ms(unsigned int ms)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		kill(getppid(), SIGSTOP);
		usleep(1000 * ms);
		kill(getppid(), SIGCONT);
		_exit(0);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void test_initiator_paused_accuses_nobody(void **state)
{
	struct fixture *f = *state;
	uint64_t probes, resumed_ns;
	int i;

	start_v4(f);
	run_until(f, f->state[PEER4] == LIVENESS_UP);
	for (i = 0; i < 3; i++) {
		stop_for_ms(200);
		resumed_ns = now_ns();
		probes = with(&f->v4, f->v4.probes);
		run_until(f, now_ns() > resumed_ns + 60 * MS);
		assert_int_equal(f->changes[PEER4], 1);
		/* No burst to make up for lost ticks. */
		probes = with(&f->v4, f->v4.probes) - probes;
		assert_true(probes <= (now_ns() - resumed_ns) / timing.interval_ns + 2);
	}
}

/* What the thread is for. */
static void test_initiator_busy_loop_delays_no_judgement(void **state)
{
	struct fixture *f = *state;
	uint64_t stopped_ns, resumed_ns, probes;

	start_v4(f);
	run_until(f, f->state[PEER4] == LIVENESS_UP);
	probes = with(&f->v4, f->v4.probes);
	usleep(300000);
	assert_true(with(&f->v4, f->v4.probes) - probes >= 5);
	assert_int_equal(f->changes[PEER4], 1);

	reflector_stop(&f->v4);
	stopped_ns = now_ns();
	usleep(1000000);
	resumed_ns = now_ns();
	assert_int_equal(f->state[PEER4], LIVENESS_UP); /* nobody has been told */
	assert_int_equal(status(f, PEER4).state, LIVENESS_UP);
	run_until(f, f->state[PEER4] == LIVENESS_DOWN);
	print_message("noticed %.1f ms after the death\n",
		      (status(f, PEER4).changed_ns - stopped_ns) / 1e6);
	assert_true(status(f, PEER4).changed_ns < resumed_ns);
	assert_true(f->silent_ns < 1000 * MS);
}

static void test_initiator_attend_tells_outside_of_the_loop(void **state)
{
	struct fixture *f = *state;
	uint64_t began_ns = now_ns();

	start_v4(f);
	liveness_attend(f->liveness, began_ns + 300 * MS);
	assert_true(now_ns() >= began_ns + 300 * MS);
	assert_int_equal(f->state[PEER4], LIVENESS_UP);
	assert_int_equal(f->reports[PEER4], 1);
}

static void test_initiator_many_peers_are_all_probed(void **state)
{
	struct fixture *f = *state;
	char text[ADDRESS_TEXT_MAX];
	uint16_t node;

	/* More than one batch, a dead one in the middle of each. */
	start_v4(f);
	for (node = 10; node < 110; node++) {
		snprintf(text, sizeof(text), "%s", node % 10 ? "127.77.84.9" : "255.255.255.255");
		set_peer(f, node, text);
	}
	run_until(f, f->state[PEER4] == LIVENESS_UP);
	for (node = 10; node < 110; node++) {
		run_until(f, f->state[node] == LIVENESS_DOWN);
		assert_true(node % 10 == 0 || status(f, node).counters.sent >= 3);
		assert_true(node % 10 != 0 || status(f, node).counters.unsent >= 3);
	}
}

static void test_initiator_refuses_bad_arguments(void **state)
{
	static const struct liveness_timing bad[] = {
		{ 0, 3, 2 }, { 10 * MS, 0, 2 }, { 10 * MS, LIVENESS_WINDOW, 2 }, { 10 * MS, 3, 0 }
	};
	struct fixture *f = *state;
	struct steer_addr addr;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(liveness_configure(f->liveness, keys, &bad[i]), -EINVAL);
	assert_int_equal(address_parse(ADDR4, &addr), 0);
	assert_int_equal(liveness_set_peer(f->liveness, 0, &addr), -EINVAL);
	assert_int_equal(liveness_set_peer(f->liveness, SELF, &addr), -EINVAL);
	assert_int_equal(liveness_set_peer(f->liveness, STEER_MAX_NODES, &addr), -EINVAL);
	liveness_remove_peer(f->liveness, STEER_MAX_NODES);
	liveness_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_initiator_peer_rises_falls_and_returns),
		TEST(test_initiator_speaks_ipv6),
		TEST(test_initiator_dead_from_the_start_is_down),
		TEST(test_initiator_unsendable_peer_is_not_accused),
		TEST(test_initiator_peer_that_never_could_be_reached_is_down),
		TEST(test_initiator_paused_accuses_nobody),
		TEST(test_initiator_busy_loop_delays_no_judgement),
		TEST(test_initiator_attend_tells_outside_of_the_loop),
		TEST(test_initiator_many_peers_are_all_probed),
		TEST(test_initiator_refuses_bad_arguments),
	};

	return cmocka_run_group_tests(tests, own_network, NULL);
}
