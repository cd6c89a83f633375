// SPDX-License-Identifier: GPL-2.0
#include "prober_fixture.h"

static void test_initiator_refuses_forged_and_foreign_answers(void **state)
{
	struct fixture *f = *state;

	start_v4(f);
	run_until(f, f->state[PEER4] == LIVENESS_UP);

	with(&f->v4, f->v4.copies = 2);
	run_until(f, rejects(f, LIVENESS_REJECT_REPLAY) >= 5);
	with(&f->v4, f->v4.copies = 1);
	assert_int_equal(f->state[PEER4], LIVENESS_UP);

	with(&f->v4, f->v4.announced.body_tag ^= 1);
	run_until(f, f->state[PEER4] == LIVENESS_DOWN);
	assert_true(rejects(f, LIVENESS_REJECT_TAG) >= 3);
	assert_true(status(f, PEER4).counters.rejected >= 3);
	assert_int_equal(status(f, PEER4).counters.last_reject, LIVENESS_REJECT_TAG);
	with(&f->v4, f->v4.announced.body_tag ^= 1);
	run_until(f, f->state[PEER4] == LIVENESS_UP);
}

/* There may be routers between nodes. */
static void test_initiator_takes_answers_through_routers(void **state)
{
	struct fixture *f = *state;

	start_v4(f);
	set_ttl(&f->v4, AF_INET, 3);
	run_until(f, f->state[PEER4] == LIVENESS_UP);
}

/* Peers know a node by one address, and the kernel might choose another one. */
static void test_initiator_sends_from_its_address(void **state)
{
	struct steer_addr source4, none = {}, not_here;
	struct fixture *f = *state;

	assert_int_equal(address_parse("127.0.0.77", &source4), 0);
	assert_int_equal(address_parse("192.0.2.77", &not_here), 0);
	liveness_set_source(f->liveness, &source4, &none);
	start_v4(f);
	run_until(f, f->state[PEER4] == LIVENESS_UP);
	assert_int_equal(with(&f->v4, ((struct sockaddr_in *)&f->v4.from)->sin_addr.s_addr),
			 htonl(0x7f00004d));
	liveness_set_source(f->liveness, &not_here, &none);
	while (!status(f, PEER4).counters.unsent)
		assert_true(sd_event_run(f->event, 10000) >= 0);
	assert_true(status(f, PEER4).counters.send_error < 0);
}

/* An answer as it would be to a probe with this sequence. */
static struct steer_sbfd_packet answer_to(struct reflector *r, uint64_t sequence)
{
	struct steer_sbfd_packet packet;

	liveness_packet_probe(&packet, &key, SELF, PEER4, sequence, 3, 10000);
	assert_true(reflect(&packet, sizeof(packet), &r->announced, &key));
	return packet;
}

/* Whatever comes in between the right answers is refused for its own reason and changes nothing. */
static void test_initiator_counts_each_reason(void **state)
{
	struct steer_sbfd_packet good, bad;
	struct fixture *f = *state;
	struct reflector *r = &f->v4;
	uint64_t sequence, before;

#define refused_for(reason, data, length)                       \
	do {                                                    \
		before = rejects(f, reason);                    \
		with(r, (reflector_send(r, data, length), 0));  \
		run_until(f, rejects(f, reason) == before + 1); \
	} while (0)

	start_v4(f);
	run_until(f, f->state[PEER4] == LIVENESS_UP);
	good = with(r, r->answer);
	sequence = be64toh(good.auth.sequence);

	refused_for(LIVENESS_REJECT_REPLAY, &good, sizeof(good));
	refused_for(LIVENESS_REJECT_SHORT, &good, 0);
	refused_for(LIVENESS_REJECT_SHORT, &good, sizeof(good.bfd) - 1);
	refused_for(LIVENESS_REJECT_SHORT, &good, sizeof(good.bfd));
	refused_for(LIVENESS_REJECT_SHORT, &good, sizeof(good) - 1);

	bad = good;
	bad.bfd.vers_diag = 2 << 5;
	refused_for(LIVENESS_REJECT_VERSION, &bad, sizeof(bad));
	bad = good;
	bad.auth.version = STEER_SBFD_VERSION - 1;
	refused_for(LIVENESS_REJECT_VERSION, &bad, sizeof(bad));
	bad = good;
	bad.auth.type = 4;
	refused_for(LIVENESS_REJECT_VERSION, &bad, sizeof(bad));

	bad = good;
	bad.bfd.my_disc = htonl(PEER6);
	refused_for(LIVENESS_REJECT_DISCRIMINATOR, &bad, sizeof(bad));
	bad.bfd.my_disc = htonl(UINT32_MAX);
	refused_for(LIVENESS_REJECT_DISCRIMINATOR, &bad, sizeof(bad));
	bad = good;
	bad.bfd.your_disc = htonl(PEER6);
	refused_for(LIVENESS_REJECT_DISCRIMINATOR, &bad, sizeof(bad));

	bad = good;
	bad.auth.admin = STEER_ADMIN_MAINTENANCE;
	refused_for(LIVENESS_REJECT_TAG, &bad, sizeof(bad));
	bad = good;
	bad.auth.sequence = htobe64(sequence + 2);
	refused_for(LIVENESS_REJECT_TAG, &bad, sizeof(bad));

	/* What the peer might have said long ago, in another run, or will say. */
	bad = answer_to(r, sequence - 1000);
	refused_for(LIVENESS_REJECT_SEQUENCE, &bad, sizeof(bad));
	bad = answer_to(r, sequence ^ 1ULL << 40);
	refused_for(LIVENESS_REJECT_SEQUENCE, &bad, sizeof(bad));
	bad = answer_to(r, sequence + 1000000);
	refused_for(LIVENESS_REJECT_SEQUENCE, &bad, sizeof(bad));

	assert_int_equal(f->changes[PEER4], 1);
	assert_int_equal(f->reports[PEER4], 1);
	assert_int_equal(rejects(f, LIVENESS_REJECT_OVERTAKEN), 0);
#undef refused_for
}

/* Delayed on its way, an answer still shows life, but not what the peer says by now. */
static void test_initiator_old_report_changes_nothing(void **state)
{
	struct steer_sbfd_packet old;
	struct fixture *f = *state;
	struct reflector *r = &f->v4;
	uint64_t answered, probes;

	start_v4(f);
	run_until(f, f->state[PEER4] == LIVENESS_UP);
	probes = with(r, (r->hold = true, r->probes));
	run_until(f, with(r, r->probes) > probes);
	old = with(r, r->answer);
	pthread_mutex_lock(&r->lock);
	r->announced.admin = STEER_ADMIN_DRAINING;
	reflect_seal(&r->announced, &key);
	r->hold = false;
	pthread_mutex_unlock(&r->lock);
	run_until(f, f->reports[PEER4] == 2);

	answered = status(f, PEER4).counters.answered;
	with(r, (reflector_send(r, &old, sizeof(old)), 0));
	run_until(f, rejects(f, LIVENESS_REJECT_OVERTAKEN) == 1);
	assert_true(status(f, PEER4).counters.answered > answered);
	run_until(f, status(f, PEER4).counters.answered > answered + 3);
	assert_int_equal(f->reports[PEER4], 2);
	assert_int_equal(status(f, PEER4).report.admin, STEER_ADMIN_DRAINING);
	assert_int_equal(f->changes[PEER4], 1);
}

static void test_initiator_flood_drowns_no_answer(void **state)
{
	static const char garbage[sizeof(struct steer_sbfd_packet)];
	struct fixture *f = *state;
	struct reflector *r = &f->v4;
	int i, k;

	start_v4(f);
	run_until(f, f->state[PEER4] == LIVENESS_UP);
	for (i = 0; i < 100; i++) {
		for (k = 0; k < 200; k++)
			with(r, (reflector_send(r, garbage, sizeof(garbage)), 0));
		assert_true(sd_event_run(f->event, 1000) >= 0);
	}
	run_until(f, rejects(f, LIVENESS_REJECT_DISCRIMINATOR) == 100 * 200);
	assert_int_equal(f->changes[PEER4], 1);
}

static void test_initiator_reports_once_per_change(void **state)
{
	struct fixture *f = *state;
	uint64_t answered;

	start_v4(f);
	run_until(f, f->reports[PEER4]);
	assert_int_equal(f->report.admin, STEER_ADMIN_ACTIVE);
	answered = status(f, PEER4).counters.answered;
	run_until(f, status(f, PEER4).counters.answered >= answered + 5);
	assert_int_equal(f->reports[PEER4], 1);

	pthread_mutex_lock(&f->v4.lock);
	f->v4.announced.admin = STEER_ADMIN_DRAINING;
	f->v4.announced.health[3] = 0x80;
	reflect_seal(&f->v4.announced, &key);
	pthread_mutex_unlock(&f->v4.lock);
	run_until(f, f->reports[PEER4] == 2);
	assert_int_equal(f->report.admin, STEER_ADMIN_DRAINING);
	assert_int_equal(f->report.health[3], 0x80);
	assert_int_equal(status(f, PEER4).report.admin, STEER_ADMIN_DRAINING);
	assert_int_equal(f->state[PEER4], LIVENESS_UP);

	/* It becomes the active member of a pool. */
	pthread_mutex_lock(&f->v4.lock);
	f->v4.announced.active[7].node = htons(5);
	f->v4.announced.active[7].term = htons(258);
	reflect_seal(&f->v4.announced, &key);
	pthread_mutex_unlock(&f->v4.lock);
	run_until(f, f->reports[PEER4] == 3);
	assert_int_equal(f->report.active[7].node, 5);
	assert_int_equal(f->report.active[7].term, 258);
	assert_int_equal(f->report.active[0].term, 0);
}

static void test_initiator_new_key_keeps_sessions(void **state)
{
	static const struct steer_key others[2] = { { { 1, 2 } }, { { 3, 4 } } };
	struct fixture *f = *state;
	uint64_t answered;

	start_v4(f);
	run_until(f, f->state[PEER4] == LIVENESS_UP);
	assert_int_equal(with(&f->v4, f->v4.refused), 0);
	assert_int_equal(liveness_configure(f->liveness, others, &timing), 0);
	run_until(f, with(&f->v4, f->v4.refused));
	pthread_mutex_lock(&f->v4.lock);
	f->v4.key = others[0];
	reflect_seal(&f->v4.announced, &others[0]);
	pthread_mutex_unlock(&f->v4.lock);
	answered = status(f, PEER4).counters.answered;
	run_until(f, status(f, PEER4).counters.answered >= answered + 5);
	assert_int_equal(f->changes[PEER4], 1);
}

static void test_initiator_callback_may_remove_peer(void **state)
{
	struct liveness_peer_status s;
	struct fixture *f = *state;

	f->remove_on_change = true;
	start_v4(f);
	run_until(f, f->changes[PEER4]);
	assert_int_equal(liveness_get_status(f->liveness, PEER4, &s), -ENOENT);
	/* An answer that comes after is of no peer, and the loop has nothing left to do. */
	while (sd_event_run(f->event, 50000) > 0)
		;
	assert_int_equal(f->changes[PEER4], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_initiator_refuses_forged_and_foreign_answers),
		TEST(test_initiator_takes_answers_through_routers),
		TEST(test_initiator_sends_from_its_address),
		TEST(test_initiator_counts_each_reason),
		TEST(test_initiator_old_report_changes_nothing),
		TEST(test_initiator_flood_drowns_no_answer),
		TEST(test_initiator_reports_once_per_change),
		TEST(test_initiator_new_key_keeps_sessions),
		TEST(test_initiator_callback_may_remove_peer),
	};

	return cmocka_run_group_tests(tests, own_network, NULL);
}
