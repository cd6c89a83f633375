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
		struct liveness_peer_status status;
		uint16_t id = daemon->cluster->nodes[i].id;

		if (i == daemon->cluster->self || daemon->cluster->nodes[i].agentless ||
		    liveness_get_status(daemon->liveness, id, &status) < 0)
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

uint8_t view_combine(uint64_t rest, const uint16_t *live, size_t n)
{
	uint64_t sum = rest % STEER_EPOCHS;
	size_t i;

	for (i = 0; i < n; i++)
		sum += 1 + live[i] % (STEER_EPOCHS - 1);
	return 1 + sum % STEER_EPOCHS;
}

static size_t view_slot(const struct daemon *daemon, size_t pool)
{
	return slots_find(&daemon->pool_slots, daemon->cluster->pools[pool].name);
}

static bool view_is_live(const struct daemon *daemon, size_t slot, uint16_t id)
{
	return datapath_get_state(daemon->datapath, slot, id) & STEER_STATE_LIVE;
}

/* Nodes that are live in any pool. Return: how many. */
static size_t view_live(const struct daemon *daemon, uint16_t ret_live[STEER_MAX_NODES])
{
	const struct cluster *cluster = daemon->cluster;
	bool live[STEER_MAX_NODES] = {};
	size_t pool, i, n = 0;

	for (pool = 0; pool < cluster->n_pools; pool++) {
		size_t slot = view_slot(daemon, pool);

		for (i = 0; i < cluster->n_nodes; i++)
			live[i] = live[i] || view_is_live(daemon, slot, cluster->nodes[i].id);
	}
	for (i = 0; i < cluster->n_nodes; i++)
		if (live[i])
			ret_live[n++] = cluster->nodes[i].id;
	return n;
}

/* The tables, and in which pools who is live is not. */
static uint64_t view_rest(const struct daemon *daemon, const uint16_t *live, size_t n)
{
	static const struct steer_key key = { { 0, 0 } };
	struct steer_siphash s;
	uint64_t n_words = 0;
	size_t pool, i;

	steer_sip_init(&s, &key);
	for (pool = 0; pool < daemon->cluster->n_pools; pool++) {
		size_t slot = view_slot(daemon, pool);

		steer_sip_word(&s, daemon->pools[slot].view, 2);
		n_words++;
		for (i = 0; i < n; i++) {
			if (view_is_live(daemon, slot, live[i]))
				continue;
			steer_sip_word(&s, (uint64_t)pool << 16 | live[i], 2);
			n_words++;
		}
	}
	return steer_sip_end(&s, 8 * n_words, 2);
}

/* The same number on all nodes that have the same tables and take the same nodes to be live. */
static uint8_t view_number(const struct daemon *daemon)
{
	uint16_t live[STEER_MAX_NODES];
	size_t n = view_live(daemon, live);

	return view_combine(view_rest(daemon, live, n), live, n);
}

void view_doubt(struct daemon *daemon)
{
	struct steer_settings settings;

	if (datapath_get_settings(daemon->datapath, &settings) < 0 ||
	    settings.epoch == STEER_EPOCH_NONE)
		return;
	settings.epoch = STEER_EPOCH_NONE;
	datapath_set_settings(daemon->datapath, &settings);
}

void view_settle(struct daemon *daemon)
{
	struct steer_settings now, next;

	/* Without a digest tables are about to change: apply.c has said that nothing is settled. */
	if (!daemon->cluster || !daemon->table_digest ||
	    datapath_get_settings(daemon->datapath, &now) < 0)
		return;
	next = now;
	next.epoch = view_number(daemon);
	if (view_is_settled(daemon))
		next.flags &= ~STEER_CONVERGING;
	else
		next.flags |= STEER_CONVERGING;
	if (next.epoch != now.epoch || next.flags != now.flags)
		datapath_set_settings(daemon->datapath, &next);
}
