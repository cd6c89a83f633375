// SPDX-License-Identifier: GPL-2.0
#include "daemon/agreement.h"

#include "daemon/changes.h"
#include "daemon/layout.h"

/* A few probes, but no less than it takes to build and store the tables of many pools. */
#define AGREEMENT_DETECTIONS 3
#define AGREEMENT_LEAST_NS 1000000000ULL

bool agreement_differs(const struct daemon *daemon, const struct liveness_report *report)
{
	return report->table_digest != daemon->table_digest ||
	       report->pools_digest != daemon->cluster->pools_digest;
}

uint64_t agreement_differs_ns(const struct daemon *daemon, uint16_t id)
{
	uint64_t since_ns = daemon->peers[id].differ_ns;

	return since_ns ? daemon_now_ns() - since_ns : 0;
}

uint64_t agreement_grace_ns(const struct daemon *daemon)
{
	const struct cluster_liveness *liveness = &daemon->cluster->liveness;
	uint64_t grace_ns =
		liveness->interval_ms * 1000000ULL * liveness->multiplier * AGREEMENT_DETECTIONS;

	return grace_ns > AGREEMENT_LEAST_NS ? grace_ns : AGREEMENT_LEAST_NS;
}

/* What of this peer is to be told, if anything. */
enum agreement_news { AGREEMENT_NONE, AGREEMENT_DIFFERS, AGREEMENT_AGREES };

static enum agreement_news agreement_follow_peer(struct daemon *daemon, uint16_t id, bool *ret_live)
{
	struct daemon_peer *peer = &daemon->peers[id];
	struct liveness_peer_status status;

	*ret_live = liveness_get_status(daemon->liveness, id, &status) == 0 &&
		    status.state == LIVENESS_UP && status.has_report;
	if (!*ret_live || !agreement_differs(daemon, &status.report)) {
		peer->differ_ns = 0;
		/* Of one that is silent we do not know. */
		if (!*ret_live || !peer->differ_told)
			return AGREEMENT_NONE;
		peer->differ_told = false;
		return AGREEMENT_AGREES;
	}
	if (!peer->differ_ns)
		peer->differ_ns = daemon_now_ns();
	if (peer->differ_told || agreement_differs_ns(daemon, id) < agreement_grace_ns(daemon))
		return AGREEMENT_NONE;
	peer->differ_told = true;
	return AGREEMENT_DIFFERS;
}

void agreement_follow(struct daemon *daemon)
{
	const struct cluster_node *differ[STEER_MAX_NODES], *agree[STEER_MAX_NODES];
	size_t n_differ = 0, n_agree = 0, n_live = 0, i;

	if (!daemon->cluster)
		return;
	for (i = 0; i < daemon->cluster->n_nodes; i++) {
		const struct cluster_node *node = &daemon->cluster->nodes[i];
		bool live = false;

		if (i == daemon->cluster->self || !layout_runs_steer(node))
			continue;
		switch (agreement_follow_peer(daemon, node->id, &live)) {
		case AGREEMENT_DIFFERS:
			differ[n_differ++] = node;
			break;
		case AGREEMENT_AGREES:
			agree[n_agree++] = node;
			break;
		default:
			break;
		}
		n_live += live;
	}
	changes_tables(daemon, true, differ, n_differ, n_live);
	changes_tables(daemon, false, agree, n_agree, n_live);
}
