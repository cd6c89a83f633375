// SPDX-License-Identifier: GPL-2.0
#include "daemon/reload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "cluster/inputs.h"
#include "config/address.h"
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
	struct steer_settings before; /* self STEER_NODE_NONE: the program was not configured */
	enum steer_admin admin[STEER_MAX_NODES]; /* before, by id, */
	bool ordered[STEER_MAX_NODES];		 /* of those that load_admin() has set */
	char *error;				 /* what a step says itself */
};

/* --- the steps before the configuration is in effect --- */

/* By their names in the running configuration, or those that they have now. */
static bool same_interfaces(const struct daemon *daemon, const struct cluster_node *now,
			    const struct cluster_node *next)
{
	if (now->n_interfaces != next->n_interfaces)
		return false;
	for (size_t i = 0; i < now->n_interfaces; i++)
		if (strcmp(now->interfaces[i], next->interfaces[i]) != 0 &&
		    strcmp(daemon->interface[i].name, next->interfaces[i]) != 0)
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
	if (now->id == next->id && same_interfaces(daemon, now, next))
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
		if (r < 0)
			continue;
		reload->ordered[node->id] = true;
		reload->admin[node->id] = state->peers[node->id].admin;
		cluster_set_admin(state, node->id, admin);
	}
	return 0;
}

static void undo_admin(struct reload *reload)
{
	struct cluster_state *state = reload->daemon->state;

	for (size_t id = 0; id < STEER_MAX_NODES; id++)
		if (reload->ordered[id])
			cluster_set_admin(state, id, reload->admin[id]);
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
	int r;

	r = datapath_get_settings(daemon->datapath, &reload->before);
	if (r < 0)
		return r;
	publish_converging(daemon);
	if (!daemon->state->config)
		return 0;
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

/* Those of the configuration in effect. */
static void undo_peers(struct reload *reload)
{
	const struct cluster *config = reload->daemon->state->config;
	struct map_image image = {};

	if (config && map_image_make(reload->daemon, config, &image) == 0)
		datapath_set_peers(reload->daemon->datapath, image.peers, image.n_peers);
	map_image_free(&image);
}

static int write_routers(struct reload *reload)
{
	return datapath_set_routers(reload->daemon->datapath, reload->config->liveness.answer,
				    reload->config->liveness.n_answer);
}

static void undo_routers(struct reload *reload)
{
	const struct cluster *config = reload->daemon->state->config;

	if (config)
		datapath_set_routers(reload->daemon->datapath, config->liveness.answer,
				     config->liveness.n_answer);
}

static int write_settings(struct reload *reload)
{
	reload->image.settings.flags |= STEER_ASKING;
	if (reload->before.self != STEER_NODE_NONE)
		reload->image.settings.flags |= STEER_CONVERGING;
	return datapath_set_settings(reload->daemon->datapath, &reload->image.settings);
}

static void undo_settings(struct reload *reload)
{
	datapath_set_settings(reload->daemon->datapath, &reload->before);
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
	{ load_admin, undo_admin, NULL, NULL },
	{ begin, undo_begin, "state of pools", "nothing was changed" },
	{ announce, undo_announce, "steer_settings", "nothing was changed" },
	/* Tables and flow tables stay as they are then: by a table of either configuration, a
	 * search finds all connections. */
	{ write_tables, NULL, "tables", "reload again" },
	{ write_flow_tables, NULL, NULL, NULL },
	{ write_peers, undo_peers, "steer_peers",
	  "the tables are new already, all else is as before; reload again" },
	{ write_routers, undo_routers, "steer_routers",
	  "the tables are new already, all else is as before; reload again" },
	{ write_settings, undo_settings, "steer_settings",
	  "the tables are new already, all else is as before; reload again" },
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
	/* Also of the step that failed: it may have got half-way. */
	while (n-- > 0)
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
		publish_forget(reload->daemon, gone[i]);
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

static bool same_addresses(const struct cluster_node *a, const struct cluster_node *b)
{
	return address_equal(&a->addr4, &b->addr4) && address_equal(&a->addr6, &b->addr6);
}

/* Another node under an id has nothing of the one before: neither its state nor its next hop. One
 * that was only renamed, or has moved, has. */
static void forget_replaced(struct daemon *daemon, const struct cluster *before)
{
	const struct cluster *config = daemon->state->config;

	for (size_t i = 0; before && i < before->n_nodes; i++) {
		const struct cluster_node *was = &before->nodes[i];
		const struct cluster_node *is = cluster_node_by_id(config, was->id);

		if (is && strcmp(is->name, was->name) != 0 && !same_addresses(is, was))
			nexthops_forget(daemon, was->id);
	}
}

static void commit(struct reload *reload)
{
	struct cluster_state *state = reload->daemon->state;
	uint16_t gone[STEER_MAX_POOLS];
	struct cluster *before;
	size_t n_gone;

	before = state_commit_reload(state, reload->config, gone, &n_gone);
	/* Exchanged and not copied, as that cannot fail. */
	index_alloc_swap(&state->pool_index, &reload->image.pool_index);
	index_alloc_swap(&state->service_index, &reload->image.service_index);
	index_alloc_swap(&state->vip_index, &reload->image.vip_index);
	state->table_digest = state_tables_digest(state);
	forget(reload, gone, n_gone);
	forget_flow_tables(reload);
	forget_replaced(reload->daemon, before);
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
	int result, r;

	map_image_keys(config, &keys);
	result = liveness_configure(daemon->liveness, keys.auth_key, &timing);
	liveness_set_source(daemon->liveness, &config->nodes[config->self].addr4,
			    &config->nodes[config->self].addr6);
	r = nexthops_follow(daemon);
	result = result < 0 ? result : r;
	/* In any case: its targets go by the pools' places in the list. */
	r = checker_configure(daemon->checker, config);
	read_verdicts(daemon);
	cluster_reread_reports(daemon->state);
	return result < 0 ? result : r;
}

int reload_apply(struct daemon *daemon, struct cluster *config, char ret_error[CONTROL_MESSAGE_MAX])
{
	struct reload reload = { .daemon = daemon, .config = config, .error = ret_error };
	int r;

	/* What has been heard is told before it is read anew. */
	publish_now(daemon);
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
