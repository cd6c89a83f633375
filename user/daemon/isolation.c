// SPDX-License-Identifier: GPL-2.0
#include "daemon/isolation.h"

#include "daemon/changes.h"
#include "daemon/states.h"
#include "policy/state.h"

/* Peers that fall silent within this time of each other count as silent at once. */
#define ISOLATION_AT_ONCE_NS 1000000000ULL
/* After isolation, a peer may take so long to answer: a kernel asks for a MAC once a second. */
#define ISOLATION_REJOIN_NS 3000000000ULL

/* Peers that answer, and those that fell silent together with the newest. */
static void isolation_count_peers(const struct daemon *daemon, uint64_t now_ns, size_t *ret_up,
				  size_t *ret_silent)
{
	size_t up = 0, silent = 0, i;

	for (i = 0; i < daemon->cluster->n_nodes; i++) {
		uint16_t id = daemon->cluster->nodes[i].id;
		const struct daemon_peer *peer = &daemon->peers[id];

		if (i == daemon->cluster->self)
			continue;
		if (states_of_peer(daemon, id) == LIVENESS_UP)
			up++;
		else if (peer->held ||
			 (peer->down_ns && now_ns - peer->down_ns < ISOLATION_AT_ONCE_NS))
			silent++;
	}
	*ret_up = up;
	*ret_silent = silent;
}

/* Who fell silent now is taken to be what it was before. */
static void isolation_hold(struct daemon *daemon, uint64_t now_ns)
{
	size_t i;

	for (i = 0; i < daemon->cluster->n_nodes; i++) {
		struct daemon_peer *peer = &daemon->peers[daemon->cluster->nodes[i].id];

		if (peer->down_ns && now_ns - peer->down_ns < ISOLATION_AT_ONCE_NS)
			peer->held = peer->cut = true;
	}
}

static void isolation_end(struct daemon *daemon, size_t up)
{
	uint16_t id;

	for (id = 0; id < STEER_MAX_NODES; id++)
		daemon->peers[id].held = daemon->peers[id].cut = false;
	daemon->isolated = false;
	daemon->rejoined_ns = 0;
	changes_rejoined(daemon, up);
}

void isolation_judge(struct daemon *daemon, uint64_t now_ns)
{
	size_t up, silent;
	bool isolated;

	isolation_count_peers(daemon, now_ns, &up, &silent);
	isolated = policy_is_isolated(silent, silent + up);
	if (isolated) {
		bool first = !daemon->isolated;

		daemon->isolated = true;
		daemon->rejoined_ns = 0;
		isolation_hold(daemon, now_ns);
		changes_isolated(daemon, first, silent, silent + up);
		return;
	}
	if (!daemon->isolated)
		return;
	/* Peers come back one by one; who does not within a while is down for itself. */
	if (!daemon->rejoined_ns)
		daemon->rejoined_ns = now_ns;
	if (!silent || now_ns - daemon->rejoined_ns >= ISOLATION_REJOIN_NS)
		isolation_end(daemon, up);
}
