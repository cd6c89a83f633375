// SPDX-License-Identifier: GPL-2.0
#include "policy/active.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define A 11
#define B 22
#define C 33
#define STRANGER 99
#define BEGUN 5000
#define WAIT 1000

#define READY(id)                                                \
	{                                                        \
		id, ACTIVE_LIVENESS_UP, true, STEER_ADMIN_ACTIVE \
	}
#define ILL(id)                                                   \
	{                                                         \
		id, ACTIVE_LIVENESS_UP, false, STEER_ADMIN_ACTIVE \
	}
#define DRAINED(id)                                                \
	{                                                          \
		id, ACTIVE_LIVENESS_UP, true, STEER_ADMIN_DRAINING \
	}
#define DRAINED_ILL(id)                                             \
	{                                                           \
		id, ACTIVE_LIVENESS_UP, false, STEER_ADMIN_DRAINING \
	}
#define MAINTAINED(id)                                                \
	{                                                             \
		id, ACTIVE_LIVENESS_UP, true, STEER_ADMIN_MAINTENANCE \
	}
#define DEAD(id)                                                   \
	{                                                          \
		id, ACTIVE_LIVENESS_DOWN, true, STEER_ADMIN_ACTIVE \
	}
#define UNKNOWN(id)                                                   \
	{                                                             \
		id, ACTIVE_LIVENESS_UNKNOWN, true, STEER_ADMIN_ACTIVE \
	}

static struct active_input input_of(const struct active_member *members, size_t n,
				    const struct active_announcement *words, size_t n_announcements)
{
	return (struct active_input){ .wait_ns = WAIT,
				      .members = members,
				      .n_members = n,
				      .announcements = words,
				      .n_announcements = n_announcements };
}

struct decision {
	struct active_member members[3];
	struct active_announcement words[2];
	struct active_announcement before, after;
	enum panic_action on_panic;
	uint64_t age_ns;
};

static void decide(const struct decision *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct decision *c = &cases[i];
		struct active active = { c->before.node, c->before.term, BEGUN };
		struct active_input input = input_of(c->members, 3, c->words, 2);
		bool changed = c->before.node != c->after.node || c->before.term != c->after.term;

		input.on_panic = c->on_panic;
		assert_int_equal(active_follow(&active, &input, BEGUN + c->age_ns), changed);
		if (active.node != c->after.node || active.term != c->after.term)
			fail_msg("case %zu: %u, term %u", i, active.node, active.term);
		/* Nothing changes by asking again. */
		assert_false(active_follow(&active, &input, BEGUN + c->age_ns));
	}
}

#define DECIDE(cases) decide(cases, sizeof(cases) / sizeof(*(cases)))

static void test_active_begins(void **state)
{
	static const struct decision cases[] = {
		{ { READY(A), READY(B), READY(C) }, {}, {}, { A, 1 }, PANIC_ALL, 0 },
		{ { READY(A), DEAD(B), ILL(C) }, {}, {}, { A, 1 }, PANIC_ALL, 0 },
		/* Somebody may know more, or the first one get ready: for a while. */
		{ { READY(A), READY(B), UNKNOWN(C) }, {}, {}, {}, PANIC_ALL, WAIT - 1 },
		{ { READY(A), READY(B), UNKNOWN(C) }, {}, {}, { A, 1 }, PANIC_ALL, WAIT },
		{ { ILL(A), READY(B), READY(C) }, {}, {}, {}, PANIC_ALL, WAIT - 1 },
		{ { ILL(A), READY(B), READY(C) }, {}, {}, { B, 1 }, PANIC_ALL, WAIT },
		{ { ILL(A), DEAD(B), DEAD(C) }, {}, {}, { A, 1 }, PANIC_ALL, WAIT },
		{ { ILL(A), DEAD(B), DEAD(C) }, {}, {}, {}, PANIC_DROP, WAIT },
		/* Somebody does know more. */
		{ { READY(A), READY(B), UNKNOWN(C) }, { { B, 7 } }, {}, { B, 7 }, PANIC_ALL, 0 },
		{ { READY(A), READY(B), UNKNOWN(C) }, { { C, 7 } }, {}, { C, 7 }, PANIC_ALL, 0 },
		{ { READY(A), READY(B), READY(C) },
		  { { B, 7 }, { C, 9 } },
		  {},
		  { C, 9 },
		  PANIC_ALL,
		  0 },
	};

	(void)state;
	DECIDE(cases);
}

static void test_active_goes_on_with_memory(void **state)
{
	static const struct decision cases[] = {
		/* A new daemon, with what the one before it knew: nobody has answered yet. */
		{ { READY(A), UNKNOWN(B), UNKNOWN(C) }, {}, { B, 5 }, { B, 5 }, PANIC_ALL, 0 },
		{ { READY(A), UNKNOWN(B), UNKNOWN(C) }, {}, { B, 5 }, { A, 6 }, PANIC_ALL, WAIT },
		{ { READY(A), DEAD(B), UNKNOWN(C) }, {}, { B, 5 }, { A, 6 }, PANIC_ALL, 0 },
		{ { READY(A), READY(B), READY(C) }, {}, { B, 5 }, { B, 5 }, PANIC_ALL, WAIT },
		/* Another configuration has no such member. */
		{ { READY(A), READY(B), READY(C) }, {}, { STRANGER, 5 }, { A, 6 }, PANIC_ALL, 0 },
		/* It had preempt, and no terms. */
		{ { READY(A), READY(B), READY(C) }, {}, { A, 0 }, { A, 1 }, PANIC_ALL, WAIT },
	};

	(void)state;
	DECIDE(cases);
}

static void test_active_hears_words(void **state)
{
	static const struct decision cases[] = {
		{ { READY(A), READY(B), READY(C) },
		  { { C, 6 }, { B, 4 } },
		  { A, 5 },
		  { C, 6 },
		  PANIC_ALL,
		  WAIT },
		{ { READY(A), READY(B), READY(C) },
		  { { C, 5 }, { B, 5 } },
		  { C, 5 },
		  { B, 5 },
		  PANIC_ALL,
		  WAIT },
		{ { READY(A), READY(B), READY(C) },
		  { { STRANGER, 9 }, { C, 0 } },
		  { A, 5 },
		  { A, 5 },
		  PANIC_ALL,
		  WAIT },
		/* A word for whom we cannot reach, and one that is out of date. */
		{ { READY(A), DEAD(B), READY(C) },
		  { { B, 5 } },
		  { B, 5 },
		  { B, 5 },
		  PANIC_ALL,
		  WAIT },
		{ { READY(A), DEAD(B), READY(C) },
		  { { B, 4 } },
		  { B, 5 },
		  { A, 6 },
		  PANIC_ALL,
		  WAIT },
		{ { READY(A), DEAD(B), READY(C) },
		  { { B, 9 } },
		  { A, 5 },
		  { B, 9 },
		  PANIC_ALL,
		  WAIT },
		/* Of whom we can reach we know better. */
		{ { READY(A), ILL(B), READY(C) },
		  { { B, 5 } },
		  { B, 5 },
		  { A, 6 },
		  PANIC_ALL,
		  WAIT },
	};

	(void)state;
	DECIDE(cases);
}

static void test_active_last_resorts(void **state)
{
	static const struct decision cases[] = {
		{ { ILL(A), DRAINED(B), READY(C) }, {}, { A, 1 }, { C, 2 }, PANIC_ALL, WAIT },
		{ { ILL(A), DRAINED(B), DEAD(C) }, {}, { A, 1 }, { B, 2 }, PANIC_ALL, WAIT },
		{ { DRAINED_ILL(A), ILL(B), DEAD(C) }, {}, { C, 1 }, { B, 2 }, PANIC_ALL, WAIT },
		{ { DEAD(A), DRAINED_ILL(B), DEAD(C) }, {}, { A, 1 }, { B, 2 }, PANIC_ALL, WAIT },
		{ { MAINTAINED(A), DEAD(B), DEAD(C) }, {}, { A, 1 }, { 0, 1 }, PANIC_ALL, WAIT },
		{ { ILL(A), ILL(B), ILL(C) }, {}, { C, 1 }, { C, 1 }, PANIC_ALL, WAIT },
		{ { ILL(A), DRAINED(B), ILL(C) }, {}, { C, 1 }, { 0, 1 }, PANIC_DROP, WAIT },
		{ { ILL(A), ILL(B), READY(C) }, {}, { 0, 1 }, { C, 2 }, PANIC_DROP, WAIT },
	};

	(void)state;
	DECIDE(cases);
}

/* Only for whom we can reach ourselves. */
static void test_active_says(void **state)
{
	static const struct active_member members[] = { READY(A), DEAD(B), UNKNOWN(C) };
	struct active_input input = input_of(members, 3, NULL, 0);
	static const struct {
		uint16_t node, said;
	} cases[] = { { A, A }, { B, 0 }, { C, 0 }, { STRANGER, 0 }, { STEER_NODE_NONE, 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct active active = { cases[i].node, 5, BEGUN };
		struct active_announcement word = active_announce(&active, &input);

		assert_int_equal(word.node, cases[i].said);
		assert_int_equal(word.term, cases[i].said ? 5 : 0);
	}
}

static void test_active_handover_is_refused(void **state)
{
	static const struct {
		struct active_member members[3];
		uint16_t to;
		enum active_handover expected;
		enum panic_action on_panic;
		bool preempt;
	} cases[] = {
		{ { READY(A), READY(B), READY(C) }, B, ACTIVE_HANDOVER_DONE, PANIC_ALL, false },
		{ { READY(A), READY(B), READY(C) }, B, ACTIVE_HANDOVER_PREEMPT, PANIC_ALL, true },
		{ { READY(A), READY(B), READY(C) },
		  STRANGER,
		  ACTIVE_HANDOVER_NOT_MEMBER,
		  PANIC_ALL,
		  false },
		{ { READY(A), READY(B), READY(C) }, A, ACTIVE_HANDOVER_ALREADY, PANIC_ALL, false },
		{ { READY(A), DEAD(B), READY(C) }, B, ACTIVE_HANDOVER_DEAD, PANIC_ALL, false },
		{ { READY(A), UNKNOWN(B), READY(C) }, B, ACTIVE_HANDOVER_DEAD, PANIC_ALL, false },
		{ { READY(A), DRAINED(B), READY(C) },
		  B,
		  ACTIVE_HANDOVER_DRAINED,
		  PANIC_ALL,
		  false },
		{ { READY(A), MAINTAINED(B), READY(C) },
		  B,
		  ACTIVE_HANDOVER_DRAINED,
		  PANIC_ALL,
		  false },
		{ { READY(A), ILL(B), DEAD(C) }, B, ACTIVE_HANDOVER_NOT_READY, PANIC_ALL, false },
		{ { DEAD(A), ILL(B), READY(C) }, B, ACTIVE_HANDOVER_NOT_READY, PANIC_ALL, false },
		/* None is ready: any will do, or none. */
		{ { ILL(A), ILL(B), DEAD(C) }, B, ACTIVE_HANDOVER_DONE, PANIC_ALL, false },
		{ { ILL(A), ILL(B), DEAD(C) }, B, ACTIVE_HANDOVER_NOT_READY, PANIC_DROP, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct active_input input = input_of(cases[i].members, 3, NULL, 0);
		struct active active = { A, 5, BEGUN };
		bool done = cases[i].expected == ACTIVE_HANDOVER_DONE;

		input.on_panic = cases[i].on_panic;
		input.preempt = cases[i].preempt;
		if (active_hand_over(&active, &input, cases[i].to) != cases[i].expected)
			fail_msg("case %zu", i);
		assert_int_equal(active.node, done ? cases[i].to : A);
		assert_int_equal(active.term, done ? 6 : 5);
		/* It stays. */
		if (done)
			assert_false(active_follow(&active, &input, BEGUN + WAIT));
	}
}

static void test_active_terms_are_serial(void **state)
{
	static const struct {
		uint16_t a, b;
		bool newer;
	} cases[] = {
		{ 1, 1, false },     { 2, 1, true },	  { 1, 2, false },
		{ 1, 65535, true },  { 65535, 1, false }, { 32768, 1, true },
		{ 32769, 1, false }, { 1, 32769, false }, /* half-way: neither */
		{ 32770, 1, false }, { 1, 32770, true },
	};
	struct active_member members[] = { READY(A), READY(B) };
	struct active_input input = input_of(members, 2, NULL, 0);
	struct active active = { A, 65535, BEGUN };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(active_newer(cases[i].a, cases[i].b), cases[i].newer);
	assert_int_equal(active_hand_over(&active, &input, B), ACTIVE_HANDOVER_DONE);
	assert_int_equal(active.term, 1); /* 0 is none */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_active_begins),
		cmocka_unit_test(test_active_goes_on_with_memory),
		cmocka_unit_test(test_active_hears_words),
		cmocka_unit_test(test_active_last_resorts),
		cmocka_unit_test(test_active_says),
		cmocka_unit_test(test_active_handover_is_refused),
		cmocka_unit_test(test_active_terms_are_serial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
