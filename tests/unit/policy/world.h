/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_TESTS_POLICY_WORLD_H
#define STEER_TESTS_POLICY_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/active.h"

/**
 * DOC: nodes that follow an active member, each by what it sees, and links between them that fail.
 *
 * A round is a detection time: in it, every node that is up sees who answers it, hears what those
 * said last, draws its conclusions, and says what it has become. Node i has id WORLD_ID(i); the
 * first n_members are the pool's, in order. What a node has said is all that others see of it.
 */
#define WORLD_NODES 6
#define WORLD_ID(i) ((uint16_t)(11 * ((i) + 1)))
#define WORLD_ROUND_NS 100
#define WORLD_WAIT_NS 1000

struct world_node {
	bool up;
	bool ready;
	enum steer_admin admin;
	struct active active;
	uint64_t heard_ns; /* before that, the others are unknown to it */
	struct {
		bool ready;
		enum steer_admin admin;
		struct active_announcement word;
	} said;
};

struct world {
	size_t n, n_members;
	bool preempt;
	enum panic_action on_panic;
	uint64_t now_ns;
	struct world_node node[WORLD_NODES];
	bool cut[WORLD_NODES][WORLD_NODES];
	unsigned int seed; /* 0: nodes take their turns in order, and hear of the round before */
};

static inline bool world_reaches(const struct world *w, size_t a, size_t b)
{
	return w->node[b].up && !w->cut[a][b] && !w->cut[b][a];
}

static inline void world_say(struct world *w, size_t i, struct active_announcement word)
{
	w->node[i].said.ready = w->node[i].ready;
	w->node[i].said.admin = w->node[i].admin;
	w->node[i].said.word = word;
}

/* Up, with nothing remembered. */
static inline void world_boot(struct world *w, size_t i)
{
	w->node[i].up = true;
	w->node[i].heard_ns = w->now_ns + 2 * WORLD_ROUND_NS;
	active_init(&w->node[i].active, w->now_ns);
	world_say(w, i, (struct active_announcement){});
}

static inline void world_init(struct world *w, size_t n, size_t n_members)
{
	*w = (struct world){ .n = n, .n_members = n_members, .now_ns = 1000000 };
	for (size_t i = 0; i < n; i++) {
		w->node[i].ready = true;
		world_boot(w, i);
	}
}

struct world_input {
	struct active_member members[WORLD_NODES];
	struct active_announcement words[WORLD_NODES];
	struct active_input input;
};

static inline void world_look(const struct world *w, size_t i, struct world_input *v)
{
	bool hears = w->now_ns >= w->node[i].heard_ns;

	v->input = (struct active_input){
		.preempt = w->preempt,
		.on_panic = w->on_panic,
		.wait_ns = WORLD_WAIT_NS,
		.members = v->members,
		.n_members = w->n_members,
		.announcements = v->words,
	};
	for (size_t k = 0; k < w->n; k++) {
		bool reached = k != i && hears && world_reaches(w, i, k);

		if (reached)
			v->words[v->input.n_announcements++] = w->node[k].said.word;
		if (k >= w->n_members)
			continue;
		v->members[k] = (struct active_member){
			.node = WORLD_ID(k),
			.liveness = k == i || reached ? ACTIVE_LIVENESS_UP
				    : hears	      ? ACTIVE_LIVENESS_DOWN
						      : ACTIVE_LIVENESS_UNKNOWN,
			.ready = k == i ? w->node[k].ready : reached && w->node[k].said.ready,
			.admin = k == i ? w->node[k].admin : w->node[k].said.admin,
		};
	}
}

static inline struct active_announcement world_turn(struct world *w, size_t i)
{
	struct world_input v = {};

	world_look(w, i, &v);
	active_follow(&w->node[i].active, &v.input, w->now_ns);
	return active_announce(&w->node[i].active, &v.input);
}

static inline void world_round(struct world *w)
{
	struct active_announcement word[WORLD_NODES] = {};
	size_t order[WORLD_NODES], i;

	w->now_ns += WORLD_ROUND_NS;
	for (i = 0; i < w->n; i++) {
		size_t k = w->seed ? (size_t)rand_r(&w->seed) % (i + 1) : i;

		order[i] = order[k];
		order[k] = i;
	}
	for (i = 0; i < w->n; i++) {
		size_t k = order[i];

		if (!w->node[k].up)
			continue;
		word[k] = world_turn(w, k);
		if (w->seed)
			world_say(w, k, word[k]);
	}
	for (i = 0; i < w->n && !w->seed; i++)
		if (w->node[i].up)
			world_say(w, i, word[i]);
}

static inline void world_rounds(struct world *w, size_t rounds)
{
	while (rounds--)
		world_round(w);
}

static inline enum active_handover world_hand_over(struct world *w, size_t at, size_t to)
{
	struct world_input v = {};
	enum active_handover r;

	world_look(w, at, &v);
	r = active_hand_over(&w->node[at].active, &v.input, WORLD_ID(to));
	world_say(w, at, active_announce(&w->node[at].active, &v.input));
	return r;
}

/* Who takes himself for the active one, as a mask. */
static inline unsigned int world_actives(const struct world *w)
{
	unsigned int mask = 0;

	for (size_t i = 0; i < w->n; i++)
		if (w->node[i].up && w->node[i].active.node == WORLD_ID(i))
			mask |= 1U << i;
	return mask;
}

static inline void world_mend(struct world *w)
{
	memset(w->cut, 0, sizeof(w->cut));
}

#endif
