// SPDX-License-Identifier: GPL-2.0
#include "liveness/packet.h"

#include <arpa/inet.h>
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SELF 258
#define PEER 772
#define SEQUENCE 0xfffffffffffffffe

/* Key bytes 00 01 … 0f. */
static const struct steer_key key = { { 0x0706050403020100, 0x0f0e0d0c0b0a0908 } };
static const struct steer_key keys[2] = {
	{ { 0x0706050403020100, 0x0f0e0d0c0b0a0908 } },
	{ { 5, 6 } },
};

/*
 * Computed apart from this code, in Python, with a SipHash-2-4 that gives the paper's vectors,
 * where words(...) packs little-endian 64-bit words: body   = pack(">HBBIQQQ", 772, 1, 42,
 * 0x01020304, 0x1112131415161718, 0x2122232425262728, 0x3132333435363738)
 *            + bytes((i * 7 + 1) & 255 for i in range(128))
 *            + b"".join(pack(">HH", i * 259, i and 1000 + i) for i in range(8))
 *   body_tag = siphash(key, body)
 *   answer = siphash(key, words(0x616e, 772 << 32 | 258, 0xfffffffffffffffe, body_tag))
 *   probe  = siphash(key, words(0x7072, 258 << 32 | 772, 0xfffffffffffffffe, 0))
 */
#define GOLDEN_BODY_TAG 0xdb35518c0de7aee2
#define GOLDEN_ANSWER_TAG 0xf2493f23f37afa4c
#define GOLDEN_PROBE_TAG 0x51c3f5555482c8b8

static struct liveness_report golden_report(void)
{
	struct liveness_report report = {
		.admin = STEER_ADMIN_DRAINING,
		.load_percent = 42,
		.generation = 0x01020304,
		.pools_digest = 0x1112131415161718,
		.table_digest = 0x2122232425262728,
		.admin_digest = 0x3132333435363738,
	};
	unsigned int i;

	for (i = 0; i < sizeof(report.health); i++)
		report.health[i] = i * 7 + 1;
	for (i = 1; i < STEER_SBFD_ACTIVE; i++)
		report.active[i] = (struct liveness_active){ .node = i * 259, .term = 1000 + i };
	return report;
}

/* The answer of PEER to SELF, as its reflector would send it. */
static struct steer_sbfd_packet golden_answer(void)
{
	struct liveness_report report = golden_report();
	struct steer_reflector reflector;
	struct steer_sbfd_packet packet;

	liveness_packet_probe(&packet, &key, SELF, PEER, SEQUENCE, 3, 10000);
	liveness_packet_reflector(&reflector, keys, PEER, &report);
	packet.auth = reflector.answer;
	packet.auth.sequence = htobe64(SEQUENCE);
	packet.auth.auth_tag = htobe64(GOLDEN_ANSWER_TAG);
	packet.bfd.state_flags = STEER_BFD_AUTH;
	packet.bfd.my_disc = htonl(PEER);
	packet.bfd.your_disc = htonl(SELF);
	return packet;
}

static void test_packet_probe_is_golden(void **state)
{
	static const uint8_t expected_bfd[] = {
		0x20, 0x46, 3,	  248,	0, 0, 1, 2, 0, 0, 3, 4,
		0,    0,    0x27, 0x10, 0, 0, 0, 0, 0, 0, 0, 0,
	};
	static const uint8_t expected_auth[] = { 0xf0, 224,  0,	   3,	 0,    0,    0,	   0,
						 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe };
	static const uint8_t zero[192 + 8];
	struct steer_sbfd_packet packet;

	(void)state;
	liveness_packet_probe(&packet, &key, SELF, PEER, SEQUENCE, 3, 10000);
	assert_memory_equal(&packet.bfd, expected_bfd, sizeof(expected_bfd));
	assert_memory_equal(&packet.auth, expected_auth, sizeof(expected_auth));
	assert_memory_equal((char *)&packet.auth + 16, zero, sizeof(zero));
	assert_int_equal(be64toh(packet.auth.auth_tag), GOLDEN_PROBE_TAG);
}

static void test_packet_reflector_is_golden(void **state)
{
	static const uint8_t expected[] = {
		0xf0, 224,  0,	  3,	0,    0,    0,	  0,	0,    0,    0,	  0,	0,
		0,    0,    0,	  3,	4,    1,    42,	  1,	2,    3,    4,	  0x11, 0x12,
		0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27,
		0x28, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 1,    8,	  15,
	};
	/* Nothing is what it is without: an entry of term 0. */
	static const uint8_t expected_active[] = {
		0, 0, 0, 0, 0x01, 0x03, 0x03, 0xe9, 0x02, 0x06, 0x03, 0xea,
	};
	struct liveness_report report = golden_report();
	struct steer_reflector reflector;

	(void)state;
	liveness_packet_reflector(&reflector, keys, PEER, &report);
	assert_int_equal(reflector.discriminator, PEER);
	assert_memory_equal(&reflector.answer, expected, sizeof(expected));
	assert_memory_equal(reflector.answer.active, expected_active, sizeof(expected_active));
	assert_int_equal(be64toh(reflector.answer.body_tag), GOLDEN_BODY_TAG);
}

/* What a probe under either key is answered with is checked under that key. */
static void test_packet_reflector_signs_with_both_keys(void **state)
{
	const struct steer_key turned[2] = { keys[1], keys[0] };
	struct liveness_report report = golden_report();
	struct steer_reflector one, other;

	(void)state;
	liveness_packet_reflector(&one, keys, PEER, &report);
	liveness_packet_reflector(&other, turned, PEER, &report);
	assert_int_not_equal(one.answer.body_tag, one.body_tag_second);
	assert_int_equal(one.answer.body_tag, other.body_tag_second);
	assert_int_equal(one.body_tag_second, other.answer.body_tag);
}

static void test_packet_reflector_state_follows_admin(void **state)
{
	static const uint8_t expected[] = {
		[STEER_ADMIN_ACTIVE] = STEER_BFD_STATE_UP,
		[STEER_ADMIN_DRAINING] = STEER_BFD_STATE_ADMIN_DOWN,
		[STEER_ADMIN_MAINTENANCE] = STEER_BFD_STATE_ADMIN_DOWN,
	};
	struct liveness_report report = golden_report();
	struct steer_reflector reflector;
	unsigned int admin;

	(void)state;
	for (admin = 0; admin < sizeof(expected); admin++) {
		report.admin = admin;
		liveness_packet_reflector(&reflector, keys, PEER, &report);
		assert_int_equal(reflector.state, expected[admin]);
		assert_int_equal(reflector.answer.admin, admin);
	}
}

static void test_packet_check_accepts_golden(void **state)
{
	struct liveness_report report, expected = golden_report();
	struct steer_sbfd_packet packet = golden_answer();
	char unaligned[sizeof(packet) + 3];
	uint64_t sequence;

	(void)state;
	memcpy(unaligned + 1, &packet, sizeof(packet));
	assert_int_equal(liveness_packet_sender(unaligned + 1, sizeof(packet)), PEER);
	/* What follows the packet in the datagram is not ours to judge. */
	assert_int_equal(liveness_packet_check(unaligned + 1, sizeof(packet) + 2, &key, SELF, PEER,
					       &sequence, &report),
			 LIVENESS_OK);
	assert_true(sequence == SEQUENCE);
	assert_int_equal(report.admin, expected.admin);
	assert_int_equal(report.load_percent, expected.load_percent);
	assert_int_equal(report.generation, expected.generation);
	assert_int_equal(report.pools_digest, expected.pools_digest);
	assert_int_equal(report.table_digest, expected.table_digest);
	assert_int_equal(report.admin_digest, expected.admin_digest);
	assert_memory_equal(report.health, expected.health, sizeof(report.health));
	assert_memory_equal(report.active, expected.active, sizeof(report.active));
}

/* No bit may change unnoticed, but in what is told by no tag and used by nobody. */
static void test_packet_check_notices_every_bit(void **state)
{
	const size_t auth = offsetof(struct steer_sbfd_packet, auth);
	struct liveness_report report;
	uint64_t sequence = 1;
	size_t bit;

	(void)state;
	for (bit = 0; bit < 8 * sizeof(struct steer_sbfd_packet); bit++) {
		struct steer_sbfd_packet packet = golden_answer();
		size_t byte = bit / 8;
		bool ignored;

		((uint8_t *)&packet)[byte] ^= 1 << bit % 8;
		ignored = (byte == 0 && bit % 8 < 5) ||		      /* diagnostic */
			  (byte == 1 && bit % 8 != 2) ||	      /* state, flags but A */
			  byte == 2 || (byte >= 12 && byte < auth) || /* timers */
			  byte == auth + 2 ||			      /* key id */
			  (byte >= auth + 4 && byte < auth + 8) ||    /* reserved */
			  (byte >= auth + 208 && byte < auth + 216);  /* body_tag: computed */
		if (ignored)
			continue;
		assert_int_not_equal(liveness_packet_check(&packet, sizeof(packet), &key, SELF,
							   PEER, &sequence, &report),
				     LIVENESS_OK);
		assert_int_equal(sequence, 1);
	}
}

static void test_packet_check_names_reason(void **state)
{
	static const struct steer_key other = { { 1, 2 } };
	struct steer_sbfd_packet packet = golden_answer();
	struct liveness_report report;
	uint64_t sequence;
	size_t length;

	(void)state;
	for (length = 0; length < sizeof(packet); length++)
		assert_int_equal(liveness_packet_check(&packet, length, &key, SELF, PEER, &sequence,
						       &report),
				 LIVENESS_REJECT_SHORT);
	assert_int_equal(liveness_packet_sender(&packet, sizeof(packet.bfd) - 1), 0);
	assert_int_equal(liveness_packet_check(&packet, sizeof(packet), &key, SELF, PEER + 1,
					       &sequence, &report),
			 LIVENESS_REJECT_DISCRIMINATOR);
	assert_int_equal(liveness_packet_check(&packet, sizeof(packet), &key, SELF + 1, PEER,
					       &sequence, &report),
			 LIVENESS_REJECT_DISCRIMINATOR);
	assert_int_equal(liveness_packet_check(&packet, sizeof(packet), &other, SELF, PEER,
					       &sequence, &report),
			 LIVENESS_REJECT_TAG);
	packet.auth.version++;
	assert_int_equal(liveness_packet_check(&packet, sizeof(packet), &key, SELF, PEER, &sequence,
					       &report),
			 LIVENESS_REJECT_VERSION);
}

/* Our own probe, sent back to us with the discriminators swapped, is no answer. */
static void test_packet_check_refuses_mirrored_probe(void **state)
{
	struct liveness_report report;
	struct steer_sbfd_packet packet;
	uint64_t sequence;

	(void)state;
	liveness_packet_probe(&packet, &key, PEER, SELF, SEQUENCE, 3, 10000);
	assert_int_equal(liveness_packet_check(&packet, sizeof(packet), &key, SELF, PEER, &sequence,
					       &report),
			 LIVENESS_REJECT_TAG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packet_probe_is_golden),
		cmocka_unit_test(test_packet_reflector_is_golden),
		cmocka_unit_test(test_packet_reflector_signs_with_both_keys),
		cmocka_unit_test(test_packet_reflector_state_follows_admin),
		cmocka_unit_test(test_packet_check_accepts_golden),
		cmocka_unit_test(test_packet_check_notices_every_bit),
		cmocka_unit_test(test_packet_check_names_reason),
		cmocka_unit_test(test_packet_check_refuses_mirrored_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
