// SPDX-License-Identifier: GPL-2.0
#include "policy/active.h"

/* How fit a member is to be the active one, in ascending order. */
enum rank {
	RANK_NONE,
	RANK_LIVE_DRAINED,
	RANK_LIVE,
	RANK_READY_DRAINED,
	RANK_READY,
};

static enum rank rank_of(const struct active_input *input, const struct active_member *member)
{
	bool drained = member->admin == STEER_ADMIN_DRAINING;

	if (member->liveness != ACTIVE_LIVENESS_UP || member->admin == STEER_ADMIN_MAINTENANCE)
		return RANK_NONE;
	if (member->ready && !drained)
		return RANK_READY;
	if (input->on_panic == PANIC_DROP)
		return RANK_NONE;
	if (member->ready)
		return RANK_READY_DRAINED;
	return drained ? RANK_LIVE_DRAINED : RANK_LIVE;
}

/* Index of a node in the members; n_members if it is no member. */
static size_t index_of(const struct active_input *input, uint16_t node)
{
	size_t i;

	for (i = 0; i < input->n_members; i++)
		if (input->members[i].node == node)
			break;
	return i;
}

/* Index of the first member of the highest rank; n_members if no member can be active. */
static size_t best_of(const struct active_input *input, enum rank *ret_rank)
{
	size_t best = input->n_members;

	*ret_rank = RANK_NONE;
	for (size_t i = 0; i < input->n_members; i++) {
		enum rank rank = rank_of(input, &input->members[i]);

		if (rank <= *ret_rank)
			continue;
		*ret_rank = rank;
		best = i;
	}
	return best;
}

bool active_newer(uint16_t a, uint16_t b)
{
	return (int16_t)(a - b) > 0;
}

/* Skips 0, which means no history. */
static uint16_t next_term(uint16_t term)
{
	return term == UINT16_MAX ? 1 : term + 1;
}

/* Adopt the highest term that is announced. */
static void adopt_announced(struct active *active, const struct active_input *input)
{
	for (size_t i = 0; i < input->n_announcements; i++) {
		const struct active_announcement *announced = &input->announcements[i];
		size_t index = index_of(input, announced->node);

		if (!announced->term || index == input->n_members)
			continue;
		if (active->term && !active_newer(announced->term, active->term) &&
		    (active_newer(active->term, announced->term) ||
		     index >= index_of(input, active->node)))
			continue;
		active->node = announced->node;
		active->term = announced->term;
	}
}

/* True if a live peer announces the active member, and so reaches it. */
static bool is_announced(const struct active *active, const struct active_input *input)
{
	for (size_t i = 0; i < input->n_announcements; i++)
		if (input->announcements[i].node == active->node &&
		    input->announcements[i].term == active->term)
			return true;
	return false;
}

/* True if the active member stays although this node does not reach it. */
static bool stays_active(const struct active *active, const struct active_input *input,
			 bool waiting)
{
	size_t index = index_of(input, active->node);

	if (index == input->n_members || input->members[index].liveness == ACTIVE_LIVENESS_UP)
		return false;
	return is_announced(active, input) ||
	       (waiting && input->members[index].liveness == ACTIVE_LIVENESS_UNKNOWN);
}

/* Without history: true if the liveness of all members is known and the first one is ready. Before
 * that, a member may still announce the history, or the first one may still become ready. */
static bool may_begin(const struct active_input *input)
{
	for (size_t i = 0; i < input->n_members; i++)
		if (input->members[i].liveness == ACTIVE_LIVENESS_UNKNOWN)
			return false;
	return input->n_members && rank_of(input, &input->members[0]) == RANK_READY;
}

static void follow_first(struct active *active, const struct active_input *input)
{
	enum rank rank;
	size_t best = best_of(input, &rank);

	active->node = best < input->n_members ? input->members[best].node : STEER_NODE_NONE;
	active->term = 0;
}

static void follow_history(struct active *active, const struct active_input *input, uint64_t now_ns)
{
	bool waiting = now_ns < active->begun_ns || now_ns - active->begun_ns < input->wait_ns;
	size_t index, best;
	enum rank rank;

	adopt_announced(active, input);
	if (stays_active(active, input, waiting))
		return;
	if (!active->term && waiting && !may_begin(input))
		return;
	index = index_of(input, active->node);
	best = best_of(input, &rank);
	if (best == input->n_members) {
		active->node = STEER_NODE_NONE;
		return;
	}
	if (active->term && index < input->n_members &&
	    rank_of(input, &input->members[index]) == rank)
		return;
	active->node = input->members[best].node;
	active->term = next_term(active->term);
}

void active_init(struct active *active, uint64_t now_ns)
{
	*active = (struct active){ .begun_ns = now_ns };
}

bool active_follow(struct active *active, const struct active_input *input, uint64_t now_ns)
{
	struct active before = *active;

	if (input->preempt)
		follow_first(active, input);
	else
		follow_history(active, input, now_ns);
	return active->node != before.node || active->term != before.term;
}

struct active_announcement active_announce(const struct active *active,
					   const struct active_input *input)
{
	size_t index = index_of(input, active->node);

	if (index == input->n_members || input->members[index].liveness != ACTIVE_LIVENESS_UP)
		return (struct active_announcement){};
	return (struct active_announcement){ active->node, active->term };
}

enum active_handover active_hand_over(struct active *active, const struct active_input *input,
				      uint16_t to)
{
	size_t index = index_of(input, to);
	enum rank rank;

	if (input->preempt)
		return ACTIVE_HANDOVER_PREEMPT;
	if (index == input->n_members)
		return ACTIVE_HANDOVER_NOT_MEMBER;
	if (active->node == to && active->term)
		return ACTIVE_HANDOVER_ALREADY;
	if (input->members[index].liveness != ACTIVE_LIVENESS_UP)
		return ACTIVE_HANDOVER_DEAD;
	if (input->members[index].admin != STEER_ADMIN_ACTIVE)
		return ACTIVE_HANDOVER_DRAINED;
	best_of(input, &rank);
	if (rank_of(input, &input->members[index]) != rank || rank == RANK_NONE)
		return ACTIVE_HANDOVER_NOT_READY;
	active->node = to;
	active->term = next_term(active->term);
	return ACTIVE_HANDOVER_DONE;
}
