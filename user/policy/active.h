/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_POLICY_ACTIVE_H
#define STEER_POLICY_ACTIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/cluster.h"
#include "steer/sbfd.h"

/**
 * DOC: which member of an active-passive pool is active, as one node sees it. Pure.
 *
 * With preempt, the active member is the first ready one in the pool's order. There is no history,
 * and every node decides for itself.
 *
 * Without preempt, the active member is history, and terms number its changes. A node that finds
 * the active member gone (silent, not ready or drained) elects the first ready member in order and
 * begins the next term. All nodes follow the highest term they learn of; of two equal terms, the
 * one whose member comes first in the order. So a node that returns follows the member that the
 * others follow. Of two halves of a cluster that were cut apart, the one with the lower term gives
 * up as soon as it hears the other.
 *
 * Nodes announce the member they follow and its term in every answer to a probe: all nodes of the
 * cluster, not only the active one or the pool's members. Announcements have two uses. A node that
 * lost its memory gets it back. And an announcement is evidence: a node announces a member only if
 * it reaches that member itself, so a member that is announced but not reachable from here is not
 * gone, and no rival is elected. An announcement goes one hop: a node does not pass on what it
 * only learnt from others, or two nodes could keep a dead member alive between them. Two members
 * can be active for longer than a detection time only where the path between two nodes leads over
 * two others.
 *
 * A member that is not ready becomes active only if no member is ready and the pool's on-panic is
 * not drop. The order is then: ready but draining, live, live and draining. How long a standby has
 * been ready plays no part, as nodes do not agree on times.
 *
 * A member announces itself whether it is ready, so that nodes agree on it. Agentless members
 * announce nothing, and nodes may find different states of them: only pools with preempt can have
 * them.
 *
 * In the maps, all rows of the pool have the members in their order, and only the state byte of
 * the active member has STEER_STATE_SERVING; the others have at most LIVE and HEALTHY. A change of
 * the active member writes two bytes and builds no table. The second chance finds the connections
 * to the old one.
 */
enum active_liveness {
	ACTIVE_LIVENESS_UNKNOWN, /* no answer yet, and not yet down */
	ACTIVE_LIVENESS_UP,	 /* always the liveness of the own node */
	ACTIVE_LIVENESS_DOWN,
};

struct active_member {
	uint16_t node;
	enum active_liveness liveness;
	bool ready; /* the service answers there, and flap damping does not hold the node */
	enum steer_admin admin;
};

/* What a node announces about a pool: the member it follows. Term 0: it announces nothing. */
struct active_announcement {
	uint16_t node;
	uint16_t term;
};

struct active_input {
	bool preempt;
	enum panic_action on_panic;
	uint64_t wait_ns; /* how long a node without history listens before it elects a member */
	const struct active_member *members; /* in the pool's order */
	size_t n_members;
	const struct active_announcement *announcements; /* of live peers, not of the own node */
	size_t n_announcements;
};

/* What a node remembers of a pool. */
struct active {
	uint16_t node; /* the member it follows; STEER_NODE_NONE: no member is active */
	uint16_t term; /* the highest known; 0: no history */
	uint64_t begun_ns;
};

/**
 * active_init - begin without history.
 * @active: the memory of a pool; node and term of an earlier daemon may be set afterwards
 * @now_ns: the time, from which wait_ns is counted
 */
void active_init(struct active *active, uint64_t now_ns);

/**
 * active_follow - decide which member to follow.
 * @active: the memory of the pool
 * @input: what the node knows now
 * @now_ns: the time
 *
 * To be called whenever @input changes, and at begun_ns + wait_ns.
 *
 * Return: true if it follows another member or term now.
 */
bool active_follow(struct active *active, const struct active_input *input, uint64_t now_ns);

/* What to announce to the other nodes: term 0 unless this node reaches the member it follows. */
struct active_announcement active_announce(const struct active *active,
					   const struct active_input *input);

enum active_handover {
	ACTIVE_HANDOVER_DONE,
	ACTIVE_HANDOVER_PREEMPT,    /* the first member would preempt at once: drain that instead */
	ACTIVE_HANDOVER_NOT_MEMBER, /* the node is no member */
	ACTIVE_HANDOVER_ALREADY,    /* the node is the active member */
	ACTIVE_HANDOVER_DEAD,	    /* this node cannot reach it */
	ACTIVE_HANDOVER_DRAINED,    /* its admin state is draining or maintenance */
	ACTIVE_HANDOVER_NOT_READY,  /* while another member is; or on-panic is drop */
};

/**
 * active_hand_over - make a member the active one.
 * @active: the memory of the pool
 * @input: what the node knows now
 * @to: node id of the member
 *
 * The handover is a new term, which the other nodes follow when it is announced.
 *
 * Return: ACTIVE_HANDOVER_DONE, or why not; then nothing has changed.
 */
enum active_handover active_hand_over(struct active *active, const struct active_input *input,
				      uint16_t to);

/* True if term a is newer than b in serial number arithmetic (RFC 1982): terms wrap around. Of two
 * terms half of the range apart neither is newer. */
bool active_newer(uint16_t a, uint16_t b);

#endif
