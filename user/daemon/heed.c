// SPDX-License-Identifier: GPL-2.0
#include "daemon/heed.h"

#include "daemon/layout.h"
#include "daemon/states.h"
#include "steer/siphash.h"

/* Of a silent one nobody knows whether its wish is still the same. */
static bool heed_is_live(const struct daemon *daemon, uint16_t id)
{
	return id == daemon_self(daemon)->id || daemon->peers[id].held ||
	       states_of_peer(daemon, id) == LIVENESS_UP;
}

uint64_t heed_digest(const struct daemon *daemon)
{
	static const struct steer_key key = { { 0x64656568, 0 } }; /* "heed" */
	uint64_t digest = 0;
	size_t i;

	/* A sum: nodes may have them in another order. */
	for (i = 0; i < daemon->cluster->n_nodes; i++) {
		const struct cluster_node *node = &daemon->cluster->nodes[i];
		bool self = i == daemon->cluster->self;
		uint64_t admin = self ? daemon->admin : daemon->peers[node->id].admin;
		__u64 wish = admin << 16 | node->id;

		if (admin != STEER_ADMIN_ACTIVE && layout_runs_steer(node) &&
		    heed_is_live(daemon, node->id))
			digest += steer_siphash24(&key, &wish, 1);
	}
	return digest;
}

json_t *heed_missing(const struct daemon *daemon)
{
	uint64_t digest = heed_digest(daemon);
	json_t *missing = json_array();
	size_t i;

	for (i = 0; i < daemon->cluster->n_nodes; i++) {
		const struct cluster_node *node = &daemon->cluster->nodes[i];
		struct liveness_peer_status status;

		if (i == daemon->cluster->self || !layout_runs_steer(node) ||
		    !heed_is_live(daemon, node->id) ||
		    liveness_get_status(daemon->liveness, node->id, &status) < 0)
			continue;
		if (status.state != LIVENESS_UP || status.report.admin_digest != digest)
			json_array_append_new(missing, json_string(node->name));
	}
	return missing;
}
