// SPDX-License-Identifier: GPL-2.0
#include "cluster/member_health.h"

#include "policy/slow_start.h"
#include "policy/state.h"

static void follow(const struct cluster_state *state, struct damping *damping, bool up,
		   uint64_t now_ns)
{
	const struct cluster_damping *config = &state->config->damping;
	const struct damping_timing timing = {
		.hold_ns = config->hold_ms * 1000000ULL,
		.max_hold_ns = config->max_hold_ms * 1000000ULL,
		.forget_ns = config->forget_ms * 1000000ULL,
	};

	if (up)
		damping_up(damping, &timing, now_ns);
	else
		damping_down(damping, &timing, now_ns);
}

void member_health_on_liveness(struct cluster_state *state, uint16_t id,
			       enum liveness_state liveness, uint64_t now_ns)
{
	struct peer *peer = &state->peers[id];

	if (peer->frozen)
		damping_excuse(&peer->damping);
	follow(state, &peer->damping, liveness == LIVENESS_UP, now_ns);
}

void member_health_on_verdict(const struct cluster_state *state, struct member *member,
			      enum health_verdict verdict, uint64_t now_ns)
{
	follow(state, &member->damping, verdict == HEALTH_GOOD, now_ns);
}

uint64_t member_health_held_ns(const struct cluster_state *state, const struct pool *pool,
			       uint16_t id, uint64_t now_ns)
{
	const struct damping *liveness = &state->peers[id].damping;
	const struct damping *health = &pool->member[id].damping;

	if (damping_holds(liveness, now_ns))
		return liveness->up_ns - now_ns;
	return damping_holds(health, now_ns) ? health->up_ns - now_ns : 0;
}

static uint64_t duration_ns(const struct pool *pool)
{
	return pool->config->slow_start_ms * 1000000ULL;
}

uint8_t member_health_ramp(const struct cluster_state *state, struct pool *pool, uint16_t id,
			   uint8_t now, uint8_t decided, uint64_t now_ns)
{
	struct member *member = &pool->member[id];
	bool serving = decided & STEER_STATE_SERVING;
	unsigned int left;

	/* What the daemon before us has begun goes on. */
	if (!member->known) {
		member->known = true;
		member->serving = policy_state_alone(now) & STEER_STATE_SERVING;
		member->since_ns =
			slow_start_resume(now_ns, now >> STEER_STATE_RAMP_SHIFT, duration_ns(pool));
	}
	/* A frozen peer, which counts as before while this node is cut off, was not away. */
	if (serving && !member->serving && !state->peers[id].frozen)
		member->since_ns = now_ns;
	member->serving = serving;
	if (!serving)
		return 0;
	left = slow_start_sixteenths(now_ns, member->since_ns, duration_ns(pool));
	/* Once the share is whole, no other configuration takes anything away from it. */
	if (!left)
		member->since_ns = 0;
	return left << STEER_STATE_RAMP_SHIFT;
}

uint64_t member_health_due_ns(const struct cluster_state *state, const struct pool *pool,
			      uint16_t id, uint64_t now_ns)
{
	const struct member *member = &pool->member[id];
	uint64_t held_ns = member_health_held_ns(state, pool, id, now_ns);

	if (held_ns)
		return now_ns + held_ns;
	if (!member->serving)
		return UINT64_MAX;
	return slow_start_next(now_ns, member->since_ns, duration_ns(pool));
}
