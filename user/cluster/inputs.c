// SPDX-License-Identifier: GPL-2.0
#include "cluster/inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/isolation.h"
#include "cluster/member_health.h"

void cluster_on_liveness(struct cluster_state *state, uint16_t id, enum liveness_state liveness,
			 uint64_t silent_ns, uint64_t noticed_ns)
{
	struct peer *peer = &state->peers[id];

	if (!cluster_node_by_id(state->config, id))
		return;
	/* While the peer still counts as frozen, if it does: it has not failed, we were cut off. */
	member_health_on_liveness(state, id, liveness, noticed_ns);
	peer->liveness = liveness;
	peer->changed_ns = noticed_ns;
	state->moved_ns = noticed_ns;
	if (liveness == LIVENESS_DOWN) {
		peer->down_ns = peer->was_up ? noticed_ns : 0;
		peer->silent_ns = silent_ns;
		peer->told.fell = true;
	} else {
		peer->down_ns = 0;
		peer->frozen = false;
		peer->was_up = true;
		peer->told.rose = true;
		state->came_ns = noticed_ns;
	}
	isolation_judge(state, noticed_ns);
}

/* A bit is about a pool's position in the list, so it counts only if the lists are the same. */
static void read_health_bits(struct cluster_state *state, uint16_t id)
{
	const struct liveness_report *report = &state->peers[id].report;

	if (report->pools_digest != state->config->pools_digest)
		return;
	for (size_t i = 0; i < state->config->n_pools; i++)
		state->in_order[i]->member[id].unhealthy = !(report->health[i >> 3] >> (i & 7) & 1);
}

void cluster_on_report(struct cluster_state *state, uint16_t id,
		       const struct liveness_report *report)
{
	struct peer *peer = &state->peers[id];

	if (!cluster_node_by_id(state->config, id))
		return;
	peer->report = *report;
	peer->has_report = true;
	if (peer->admin != report->admin)
		snprintf(peer->admin_cause, sizeof(peer->admin_cause), "it says so");
	peer->admin = report->admin;
	read_health_bits(state, id);
}

void cluster_reread_reports(struct cluster_state *state)
{
	for (size_t i = 0; i < state->config->n_nodes; i++) {
		uint16_t id = state->config->nodes[i].id;

		if (state->peers[id].has_report)
			read_health_bits(state, id);
	}
}

static struct member *member_of(const struct cluster_state *state, struct pool *pool, uint16_t id)
{
	return &pool->member[id == STEER_NODE_NONE ? state_self(state)->id : id];
}

static void set_verdict(struct member *member, enum health_verdict verdict, const char *detail)
{
	member->verdict = verdict;
	free(member->detail);
	member->detail = detail && *detail ? strdup(detail) : NULL;
}

void cluster_on_health(struct cluster_state *state, struct pool *pool, uint16_t id,
		       enum health_verdict verdict, const char *detail, uint64_t now_ns)
{
	struct member *member = member_of(state, pool, id);

	set_verdict(member, verdict, detail);
	/* Also if it is back where it was before the next diff: what was found is an event. */
	member->told_verdict = HEALTH_UNKNOWN;
	member->changed_ns = now_ns;
	member_health_on_verdict(state, member, verdict, now_ns);
}

void cluster_set_health(struct cluster_state *state, struct pool *pool, uint16_t id,
			enum health_verdict verdict, const char *detail)
{
	struct member *member = member_of(state, pool, id);

	set_verdict(member, verdict, detail);
	member->told_verdict = verdict;
}

void cluster_on_admin(struct cluster_state *state, uint16_t id, enum steer_admin admin,
		      const char *cause)
{
	struct peer *peer = &state->peers[id];

	if (peer->admin == admin)
		return;
	peer->admin = admin;
	snprintf(peer->admin_cause, sizeof(peer->admin_cause), "%s", cause);
}

void cluster_set_admin(struct cluster_state *state, uint16_t id, enum steer_admin admin)
{
	state->peers[id].admin = state->peers[id].told.admin = admin;
}

void cluster_forget_liveness(struct cluster_state *state, uint16_t id)
{
	struct peer *peer = &state->peers[id];

	peer->liveness = peer->told.liveness = LIVENESS_UNKNOWN;
	peer->has_report = false;
}

void cluster_on_nexthop(struct cluster_state *state, uint16_t id, bool reachable)
{
	state->peers[id].reachable = reachable;
}
