// SPDX-License-Identifier: GPL-2.0
#include "daemon/view.h"

#include "steer/siphash.h"

/* So long nodes may take to get to the same tables. */
#define VIEW_DIFFER_NS 10000000000ULL
/* Peers that come back do so one by one. */
#define VIEW_COME_NS 1000000000ULL

/* Cut off, or just back, or with peers that have other tables, we may be wrong about who lives and
 * who may have a connection. */
static bool view_agrees(const struct daemon *daemon, uint64_t now_ns)
{
	size_t i, peers = 0, up = 0;

	if (daemon->isolated || now_ns - daemon->came_ns < VIEW_COME_NS)
		return false;

	for (i = 0; i < daemon->cluster->n_nodes; i++) {
		struct initiator_peer_status status;
		uint16_t id = daemon->cluster->nodes[i].id;

		if (i == daemon->cluster->self || daemon->cluster->nodes[i].agentless ||
		    initiator_get_status(daemon->initiator, id, &status) < 0)
			continue;
		peers++;
		if (status.state != LIVENESS_UP)
			continue;
		up++;
		if (status.report.table_digest != daemon->table_digest)
			return false;
	}
	return up || !peers;
}

static bool view_is_settled(struct daemon *daemon)
{
	uint64_t now_ns = daemon_now_ns();

	if (view_agrees(daemon, now_ns))
		daemon->differ_ns = 0;
	else if (!daemon->differ_ns)
		daemon->differ_ns = now_ns;
	return !daemon->differ_ns ||
	       (now_ns - daemon->differ_ns > VIEW_DIFFER_NS && !daemon->isolated);
}

/* The same number on all nodes that have the same tables and take the same nodes to be live. */
static uint8_t view_number(const struct daemon *daemon)
{
	static const struct steer_key key = { { 0, 0 } };
	const struct cluster *cluster = daemon->cluster;
	struct steer_siphash s;
	uint64_t n_words = 0;
	size_t pool, i;

	steer_sip_init(&s, &key);
	for (pool = 0; pool < cluster->n_pools; pool++) {
		size_t slot = slots_find(&daemon->pool_slots, cluster->pools[pool].name);

		steer_sip_word(&s, daemon->pools[slot].view, 2);
		n_words++;
		for (i = 0; i < cluster->n_nodes; i++) {
			uint16_t id = cluster->nodes[i].id;
			uint8_t state = datapath_get_state(daemon->datapath, slot, id);

			if (!(state & STEER_STATE_LIVE))
				continue;
			steer_sip_word(&s, (uint64_t)pool << 16 | id, 2);
			n_words++;
		}
	}
	return 1 + steer_sip_end(&s, 8 * n_words, 2) % STEER_VIEWS;
}

void view_settle(struct daemon *daemon)
{
	struct steer_settings now, next;

	/* Without a digest tables are about to change: apply.c has said that nothing is settled. */
	if (!daemon->cluster || !daemon->table_digest ||
	    datapath_get_settings(daemon->datapath, &now) < 0)
		return;
	next = now;
	next.view = view_number(daemon);
	if (view_is_settled(daemon))
		next.flags &= ~STEER_UNSETTLED;
	else
		next.flags |= STEER_UNSETTLED;
	if (next.view != now.view || next.flags != now.flags)
		datapath_set_settings(daemon->datapath, &next);
}
