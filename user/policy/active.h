/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_POLICY_ACTIVE_H
#define STEER_POLICY_ACTIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/cluster.h"
#include "steer/sbfd.h"

/**
 * DOC: which member of an active-passive pool is the active one, as seen from one node. Pure.
 *
 * With preempt it is the first member, in the pool's order, that is ready: no history, every node
 * judges for itself.
 *
 * Without, who is active is history, and a term numbers its chapters. Whoever finds the active
 * member gone (silent, not ready, drained) knows who follows: the first ready one in order, with
 * the next term. All go by the highest term they hear of; of two equal ones, by the member that
 * comes first. So a node that returns follows whom the others follow, and of two halves of a
 * cluster that were cut apart, the one with the lower term gives up as soon as it hears the other.
 *
 * What nodes tell each other, in every answer, is a word: whom they follow, and the term. All do,
 * not only the active one, and those who are no members, too. That gives its memory back to a node
 * that has lost it, and it is evidence: nodes give their word only for a member that they can reach
 * themselves, so while somebody does, a member that we cannot reach is not gone, and does not get a
 * rival. One hop is all that a word goes: what we know by hearsay we do not pass on, or two nodes
 * could keep a dead one alive between them. Only where the way between two nodes leads over two
 * others can there be two actives for longer than it takes to detect what has changed.
 *
 * A member that is not ready becomes the active one only if none is ready, and the pool does not
 * rather drop: then a ready one that drains, then one that lives, then one that lives and drains.
 * Since when a standby is ready is not asked here, as nodes do not agree on times.
 *
 * Readiness is what a member says of itself, so that nodes agree on it. Agentless members say
 * nothing, and nodes may find different things of them: only pools with preempt can have them.
 *
 * For the program, all rows of the pool have the members in their order, and of the state bytes
 * the active member's alone has STEER_STATE_SERVING, the others' at most LIVE and HEALTHY: a change
 * is two bytes, and no table is built. Connections to the old one are found by the second chance.
 */
enum active_reach {
	ACTIVE_UNKNOWN, /* not heard yet, nor given up */
	ACTIVE_LIVE,	/* so are we, to ourselves */
	ACTIVE_DEAD,
};

struct active_member {
	uint16_t node;
	enum active_reach reach;
	bool ready; /* the service answers there, and it is not held down */
	enum steer_admin admin;
};

/* What a node says of a pool. Term 0: nothing. */
struct active_word {
	uint16_t node;
	uint16_t term;
};

struct active_input {
	bool preempt;
	enum panic_action on_panic;
	uint64_t wait_ns; /* so long a node that knows nothing listens before it takes part */
	const struct active_member *members; /* in their order */
	size_t n_members;
	const struct active_word *words; /* of nodes that are live; not our own */
	size_t n_words;
};

/* What a node remembers of a pool. */
struct active {
	uint16_t node; /* whom it follows; STEER_NODE_NONE: nobody is active */
	uint16_t term; /* the highest known; 0: none */
	uint64_t begun_ns;
};

/* Nothing is remembered. Who has it from an earlier daemon sets node and term then. */
void active_init(struct active *active, uint64_t now_ns);

/**
 * active_follow - draw the conclusions from a view; to be called whenever it changes, and at
 * begun_ns + wait_ns.
 *
 * Return: whether it follows another node or term now.
 */
bool active_follow(struct active *active, const struct active_input *input, uint64_t now_ns);

/* What to tell the others. */
struct active_word active_say(const struct active *active, const struct active_input *input);

enum active_handover {
	ACTIVE_HANDOVER_DONE,
	ACTIVE_HANDOVER_PREEMPT,  /* the first one would take it back at once: drain that instead */
	ACTIVE_HANDOVER_STRANGER, /* it is no member */
	ACTIVE_HANDOVER_ALREADY,  /* it is the active one */
	ACTIVE_HANDOVER_DEAD,	  /* this node cannot reach it */
	ACTIVE_HANDOVER_DRAINED,  /* an operator wants it empty */
	ACTIVE_HANDOVER_NOT_READY, /* and another one is; or the pool rather drops */
};

/**
 * active_hand_over - make a member the active one, by a new term; the others follow the word.
 * Anything but ACTIVE_HANDOVER_DONE: why not, nothing has changed.
 */
enum active_handover active_hand_over(struct active *active, const struct active_input *input,
				      uint16_t to);

/* Whether term a is newer than b, in serial numbers (RFC 1982): not if they are half-way apart. */
bool active_newer(uint16_t a, uint16_t b);

#endif
