// SPDX-License-Identifier: GPL-2.0
#include "policy/active.h"

/* How well a member can be the active one. */
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

	if (member->reach != ACTIVE_LIVE || member->admin == STEER_ADMIN_MAINTENANCE)
		return RANK_NONE;
	if (member->ready && !drained)
		return RANK_READY;
	if (input->on_panic == PANIC_DROP)
		return RANK_NONE;
	if (member->ready)
		return RANK_READY_DRAINED;
	return drained ? RANK_LIVE_DRAINED : RANK_LIVE;
}

/* A node's place in the order; n_members if it has none. */
static size_t place_of(const struct active_input *input, uint16_t node)
{
	size_t i;

	for (i = 0; i < input->n_members; i++)
		if (input->members[i].node == node)
			break;
	return i;
}

/* The first of the best; n_members if there is none. */
static size_t best_of(const struct active_input *input, enum rank *ret_rank)
{
	size_t best = input->n_members, i;

	*ret_rank = RANK_NONE;
	for (i = 0; i < input->n_members; i++) {
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

/* 0 is none. */
static uint16_t next_term(uint16_t term)
{
	return term == UINT16_MAX ? 1 : term + 1;
}

/* Goes by the highest term there is word of. */
static void hear(struct active *active, const struct active_input *input)
{
	size_t i;

	for (i = 0; i < input->n_words; i++) {
		const struct active_word *word = &input->words[i];
		size_t place = place_of(input, word->node);

		if (!word->term || place == input->n_members)
			continue;
		if (active->term && !active_newer(word->term, active->term) &&
		    (active_newer(active->term, word->term) ||
		     place >= place_of(input, active->node)))
			continue;
		active->node = word->node;
		active->term = word->term;
	}
}

/* Does somebody give his word for whom we cannot reach? */
static bool is_vouched(const struct active *active, const struct active_input *input)
{
	size_t i;

	for (i = 0; i < input->n_words; i++)
		if (input->words[i].node == active->node && input->words[i].term == active->term)
			return true;
	return false;
}

/* Whether the active member is to be left alone, though there may be one that looks better. */
static bool is_spared(const struct active *active, const struct active_input *input, bool waiting)
{
	size_t place = place_of(input, active->node);

	if (place == input->n_members || input->members[place].reach == ACTIVE_LIVE)
		return false;
	return is_vouched(active, input) ||
	       (waiting && input->members[place].reach == ACTIVE_UNKNOWN);
}

/* Nothing is known of what was before: has everybody been heard who might tell, and is there no
 * need to give the first one time to get ready? */
static bool may_begin(const struct active_input *input)
{
	size_t i;

	for (i = 0; i < input->n_members; i++)
		if (input->members[i].reach == ACTIVE_UNKNOWN)
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
	size_t place, best;
	enum rank rank;

	hear(active, input);
	if (is_spared(active, input, waiting))
		return;
	if (!active->term && waiting && !may_begin(input))
		return;
	place = place_of(input, active->node);
	best = best_of(input, &rank);
	if (best == input->n_members) {
		active->node = STEER_NODE_NONE;
		return;
	}
	if (active->term && place < input->n_members &&
	    rank_of(input, &input->members[place]) == rank)
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

struct active_word active_say(const struct active *active, const struct active_input *input)
{
	size_t place = place_of(input, active->node);

	if (place == input->n_members || input->members[place].reach != ACTIVE_LIVE)
		return (struct active_word){};
	return (struct active_word){ active->node, active->term };
}

enum active_handover active_hand_over(struct active *active, const struct active_input *input,
				      uint16_t to)
{
	size_t place = place_of(input, to);
	enum rank rank;

	if (input->preempt)
		return ACTIVE_HANDOVER_PREEMPT;
	if (place == input->n_members)
		return ACTIVE_HANDOVER_STRANGER;
	if (active->node == to && active->term)
		return ACTIVE_HANDOVER_ALREADY;
	if (input->members[place].reach != ACTIVE_LIVE)
		return ACTIVE_HANDOVER_DEAD;
	if (input->members[place].admin != STEER_ADMIN_ACTIVE)
		return ACTIVE_HANDOVER_DRAINED;
	best_of(input, &rank);
	if (rank_of(input, &input->members[place]) != rank || rank == RANK_NONE)
		return ACTIVE_HANDOVER_NOT_READY;
	active->node = to;
	active->term = next_term(active->term);
	return ACTIVE_HANDOVER_DONE;
}
