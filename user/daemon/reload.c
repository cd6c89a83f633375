// SPDX-License-Identifier: GPL-2.0
#include "daemon/reload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "cluster/inputs.h"
#include "daemon/admin_file.h"
#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/map_image.h"
#include "daemon/nexthops.h"
#include "daemon/publish.h"
#include "daemon/store_tables.h"

/* Two probes of the usual kind; meanwhile the daemon only takes note of peers that die. */
#define MOMENT_NS 50000000ULL

struct reload {
	struct daemon *daemon;
	struct cluster *config;
	struct map_image image;
	char *error; /* 512; what a step says itself */
};

/* --- the steps before the configuration is in effect --- */

static bool same_interfaces(const struct cluster_node *a, const struct cluster_node *b)
{
	if (a->n_interfaces != b->n_interfaces)
		return false;
	for (size_t i = 0; i < a->n_interfaces; i++)
		if (strcmp(a->interfaces[i], b->interfaces[i]) != 0)
			return false;
	return true;
}

static int check_self(struct reload *reload)
{
	const struct daemon *daemon = reload->daemon;
	const struct cluster_node *now, *next = &reload->config->nodes[reload->config->self];

	if (!daemon->state->config)
		return 0;
	now = state_self(daemon->state);
	if (now->id == next->id && same_interfaces(now, next))
		return 0;
	snprintf(reload->error, CONTROL_MESSAGE_MAX,
		 "node %s: its id or interfaces differ from the running ones (id %u on %s%s); "
		 "restart steerd to change these",
		 next->name, now->id, daemon->interface[0].name,
		 daemon->n_interfaces > 1 ? ", …" : "");
	return -EINVAL;
}

static int make_image(struct reload *reload)
{
	return map_image_make(reload->daemon, reload->config, &reload->image);
}

/* What an operator ordered of agentless nodes that are new. */
static int load_admin(struct reload *reload)
{
	const struct daemon *daemon = reload->daemon;
	struct cluster_state *state = daemon->state;

	for (size_t i = 0; i < reload->config->n_nodes; i++) {
		const struct cluster_node *node = &reload->config->nodes[i], *before = NULL;
		enum steer_admin admin;
		int r;

		if (state->config)
			before = cluster_node_by_name(state->config, node->name);
		if (!node->agentless || (before && before->agentless && before->id == node->id))
			continue;
		r = admin_file_load(daemon->options.state_dir, node->name, &admin);
		if (r < 0)
			log_error("%s/admin-%s: unreadable: %s; the node counts as active",
				  daemon->options.state_dir, node->name, strerror(-r));
		else
			cluster_set_admin(state, node->id, admin);
	}
	return 0;
}

static int begin(struct reload *reload)
{
	struct cluster_state *state = reload->daemon->state;
	int r = state_begin_reload(state, reload->config, &reload->image.pool_index);

	if (r < 0)
		return r;
	for (size_t i = 0; i < STEER_MAX_POOLS; i++)
		if (state->pools[i] && !state->pools[i]->config)
			publish_adopt(reload->daemon, state->pools[i]);
	return 0;
}

static void undo_begin(struct reload *reload)
{
	state_abort_reload(reload->daemon->state);
}

/*
 * From here on our tables may differ from our peers'; decide() finds out when they do not. Peers
 * learn so first, and have a moment for it: no table has the digest 0.
 */
static int announce(struct reload *reload)
{
	struct daemon *daemon = reload->daemon;
	uint64_t moment_ns;

	if (!daemon->state->config)
		return 0;
	publish_converging(daemon);
	moment_ns = 2000000ULL * daemon->state->config->liveness.interval_ms;
	if (moment_ns > MOMENT_NS)
		moment_ns = MOMENT_NS;
	liveness_attend(daemon->liveness, clock_now_ns() + moment_ns);
	return 0;
}

static void undo_announce(struct reload *reload)
{
	struct cluster_state *state = reload->daemon->state;

	if (state->config)
		state->table_digest = state_tables_digest(state);
}

static int write_tables(struct reload *reload)
{
	return store_tables(reload->daemon, reload->error);
}

/* Before services that have them; their indices are known already. */
static int write_flow_tables(struct reload *reload)
{
	struct datapath_error error = {};

	for (size_t i = 0; i < reload->config->n_services; i++) {
		const struct cluster_service *service = &reload->config->services[i];
		int r;

		if (!service->flow_entries)
			continue;
		r = datapath_set_flow_table(reload->daemon->datapath,
					    reload->image.services[i].value.id,
					    service->flow_entries, &error);
		if (r < 0) {
			snprintf(reload->error, CONTROL_MESSAGE_MAX, "service %s: %.400s",
				 service->name, error.text);
			return r;
		}
	}
	return 0;
}

static int write_peers(struct reload *reload)
{
	return datapath_set_peers(reload->daemon->datapath, reload->image.peers,
				  reload->image.n_peers);
}

static int write_routers(struct reload *reload)
{
	return datapath_set_routers(reload->daemon->datapath, reload->config->liveness.answer,
				    reload->config->liveness.n_answer);
}

static int write_settings(struct reload *reload)
{
	if (reload->daemon->state->config)
		reload->image.settings.flags |= STEER_CONVERGING;
	return datapath_set_settings(reload->daemon->datapath, &reload->image.settings);
}

static int write_services(struct reload *reload)
{
	struct datapath_error error = {};
	int r;

	r = datapath_set_services(reload->daemon->datapath, reload->image.vips,
				  reload->image.n_vips, reload->image.services,
				  reload->config->n_services, &error);
	if (r < 0)
		snprintf(reload->error, CONTROL_MESSAGE_MAX, "%s", error.text);
	return r;
}

static const struct step {
	int (*run)(struct reload *reload);
	void (*undo)(struct reload *reload);
	/* Of a step that says nothing itself: what failed, and what is the state of things. */
	const char *failed, *remedy;
} steps[] = {
	{ check_self, NULL, NULL, NULL },
	{ make_image, NULL, "map entries", "nothing was changed" },
	{ load_admin, NULL, NULL, NULL },
	{ begin, undo_begin, "state of pools", "nothing was changed" },
	{ announce, undo_announce, NULL, NULL },
	{ write_tables, NULL, "tables", "reload again" },
	{ write_flow_tables, NULL, NULL, NULL },
	{ write_peers, NULL, "steer_peers",
	  "the tables are new already, services as before; reload again" },
	{ write_routers, NULL, "steer_routers",
	  "the tables are new already, services as before; reload again" },
	{ write_settings, NULL, "steer_settings",
	  "the tables are new already, services as before; reload again" },
	{ write_services, NULL, NULL, NULL },
};

#define N_STEPS (sizeof(steps) / sizeof(steps[0]))

static int run_steps(struct reload *reload)
{
	size_t n = 0;
	int r = 0;

	for (; n < N_STEPS && r == 0; n++) {
		reload->error[0] = '\0';
		r = steps[n].run(reload);
		if (r < 0 && !reload->error[0])
			snprintf(reload->error, CONTROL_MESSAGE_MAX,
				 "%s: cannot be written: %s; %s",
				 steps[n].failed ?: "configuration", strerror(-r),
				 steps[n].remedy ?: "nothing was changed");
	}
	if (r == 0)
		return 0;
	/* The step that failed has undone what it did itself. */
	for (n--; n-- > 0;)
		if (steps[n].undo)
			steps[n].undo(reload);
	return r;
}

/* --- and then --- */

static bool has_service(const struct cluster *config, const char *name)
{
	for (size_t i = 0; i < config->n_services; i++)
		if (!strcmp(config->services[i].name, name))
			return true;
	return false;
}

static bool has_vip(const struct map_image *image, size_t index)
{
	for (size_t i = 0; i < image->n_vips; i++)
		if (image->vips[i].value.id == index + 1)
			return true;
	return false;
}

/* Remove what no service leads to any more. Its indices are free for the configuration after this
 * one. */
static void forget(struct reload *reload, const uint16_t *gone, size_t n_gone)
{
	struct cluster_state *state = reload->daemon->state;

	for (size_t i = 0; i < n_gone; i++) {
		datapath_delete_table(reload->daemon->datapath, gone[i]);
		for (uint16_t id = 0; id < STEER_MAX_NODES; id++)
			datapath_set_state(reload->daemon->datapath, gone[i], id, 0);
		index_alloc_release(&state->pool_index, gone[i]);
	}
	for (size_t i = 0; i < state->service_index.size; i++)
		if (!has_service(state->config, state->service_index.name[i]))
			index_alloc_release(&state->service_index, i);
	for (size_t i = 0; i < state->vip_index.size; i++)
		if (!has_vip(&reload->image, i))
			index_alloc_release(&state->vip_index, i);
}

/* After services that had them, under whatever daemon that was, as far as they are pinned. */
static void forget_flow_tables(struct reload *reload)
{
	_cleanup_(cleanup_free) bool *wanted = calloc(STEER_MAX_SERVICES, sizeof(*wanted));

	for (size_t i = 0; wanted && i < reload->config->n_services; i++)
		if (reload->config->services[i].flow_entries)
			wanted[reload->image.services[i].value.id] = true;
	if (wanted)
		datapath_keep_flow_tables(reload->daemon->datapath, wanted);
}

static void commit(struct reload *reload)
{
	struct cluster_state *state = reload->daemon->state;
	uint16_t gone[STEER_MAX_POOLS];
	struct cluster *before;
	size_t n_gone;

	before = state_commit_reload(state, reload->config, gone, &n_gone);
	index_alloc_copy(&state->pool_index, &reload->image.pool_index);
	index_alloc_copy(&state->service_index, &reload->image.service_index);
	index_alloc_copy(&state->vip_index, &reload->image.vip_index);
	state->table_digest = state_tables_digest(state);
	forget(reload, gone, n_gone);
	forget_flow_tables(reload);
	cluster_free(before);
}

static void read_verdicts(struct daemon *daemon)
{
	const struct cluster *config = daemon->state->config;

	for (size_t i = 0; i < config->n_pools; i++) {
		struct pool *pool = daemon->state->in_order[i];
		enum health_verdict verdict;
		const char *detail = NULL;

		verdict = checker_get(daemon->checker, i, &detail);
		cluster_set_health(daemon->state, pool, STEER_NODE_NONE, verdict, detail);
		for (size_t k = 0; k < pool->config->n_members; k++) {
			const struct cluster_node *node =
				&config->nodes[pool->config->members[k].node];

			if (!node->agentless)
				continue;
			verdict = checker_get_member(daemon->checker, i, node->id, &detail);
			cluster_set_health(daemon->state, pool, node->id, verdict, detail);
		}
	}
}

/* Everything but the maps follows the configuration. It is in effect: a failure is only said. */
static int follow(struct daemon *daemon)
{
	const struct cluster *config = daemon->state->config;
	struct steer_settings keys = {};
	struct liveness_timing timing = {
		.interval_ns = config->liveness.interval_ms * 1000000ULL,
		.multiplier = config->liveness.multiplier,
		.rise = config->liveness.rise,
	};
	int r;

	map_image_keys(config, &keys);
	r = liveness_configure(daemon->liveness, keys.auth_key, &timing);
	liveness_set_source(daemon->liveness, &config->nodes[config->self].addr4,
			    &config->nodes[config->self].addr6);
	if (r == 0)
		r = nexthops_follow(daemon);
	if (r == 0)
		r = checker_configure(daemon->checker, config);
	read_verdicts(daemon);
	cluster_reread_reports(daemon->state);
	return r;
}

int reload_apply(struct daemon *daemon, struct cluster *config, char ret_error[CONTROL_MESSAGE_MAX])
{
	struct reload reload = { .daemon = daemon, .config = config, .error = ret_error };
	int r;

	r = run_steps(&reload);
	if (r == 0) {
		commit(&reload);
		r = follow(daemon);
		if (r < 0)
			snprintf(ret_error, CONTROL_MESSAGE_MAX,
				 "probes or checks cannot start: %s", strerror(-r));
		daemon->loaded_ns = clock_now_ns();
	}
	map_image_free(&reload.image);
	publish_now(daemon);
	return r;
}
