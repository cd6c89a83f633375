// SPDX-License-Identifier: GPL-2.0
#include "daemon/apply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "daemon/agentless.h"
#include "daemon/layout.h"
#include "daemon/paths.h"
#include "daemon/states.h"
#include "daemon/tables.h"

/* Two probes of the usual kind; the daemon does nothing else meanwhile but note who dies. */
#define APPLY_MOMENT_NS 50000000ULL

static bool apply_has_pool(const struct cluster *cluster, const char *name)
{
	size_t i;

	for (i = 0; i < cluster->n_pools; i++)
		if (!strcmp(cluster->pools[i].name, name))
			return true;
	return false;
}

static bool apply_has_service(const struct cluster *cluster, const char *name)
{
	size_t i;

	for (i = 0; i < cluster->n_services; i++)
		if (!strcmp(cluster->services[i].name, name))
			return true;
	return false;
}

/* Forget what no service leads to any more. Its slots are free for the configuration after this
 * one. */
static void apply_forget(struct daemon *daemon, const struct layout *layout)
{
	size_t slot, i;

	for (slot = 0; slot < daemon->pool_slots.size; slot++) {
		char *name = daemon->pool_slots.name[slot];

		if (!*name || apply_has_pool(daemon->cluster, name))
			continue;
		datapath_delete_table(daemon->datapath, slot);
		for (i = 0; i < STEER_MAX_NODES; i++)
			datapath_set_state(daemon->datapath, slot, i, 0);
		for (i = 0; i < STEER_MAX_NODES; i++)
			daemon->peers[i].unhealthy[slot] = false;
		free(daemon->pools[slot].rows);
		free(daemon->pools[slot].members);
		daemon->pools[slot] = (struct daemon_pool){};
		*name = '\0';
	}
	for (slot = 0; slot < daemon->service_slots.size; slot++)
		if (!apply_has_service(daemon->cluster, daemon->service_slots.name[slot]))
			*daemon->service_slots.name[slot] = '\0';
	for (slot = 0; slot < daemon->vip_slots.size; slot++) {
		for (i = 0; i < layout->n_vips; i++)
			if (layout->vips[i].value.id == slot + 1)
				break;
		if (i == layout->n_vips)
			*daemon->vip_slots.name[slot] = '\0';
	}
}

/* Before services that have them; their slots are known already. */
static int apply_flow_tables(struct daemon *daemon, const struct cluster *cluster,
			     const struct layout *layout, char ret_error[512])
{
	struct datapath_error error = {};
	size_t i;
	int r;

	for (i = 0; i < cluster->n_services; i++) {
		const struct cluster_service *service = &cluster->services[i];

		if (!service->flow_entries)
			continue;
		r = datapath_set_flow_table(daemon->datapath, layout->services[i].value.id,
					    service->flow_entries, &error);
		if (r < 0) {
			snprintf(ret_error, 512, "service %s: %.400s", service->name, error.text);
			return r;
		}
	}
	return 0;
}

/* After services that had them, under whatever daemon that was, as far as they are pinned. */
static void apply_forget_flow_tables(struct daemon *daemon, const struct layout *layout)
{
	_cleanup_(cleanup_free) bool *wanted = calloc(STEER_MAX_SERVICES, sizeof(*wanted));
	size_t i;

	for (i = 0; wanted && i < daemon->cluster->n_services; i++)
		if (daemon->cluster->services[i].flow_entries)
			wanted[layout->services[i].value.id] = true;
	if (wanted)
		datapath_keep_flow_tables(daemon->datapath, wanted);
}

static bool apply_same_interfaces(const struct cluster_node *a, const struct cluster_node *b)
{
	size_t i;

	if (layout_n_interfaces(a) != layout_n_interfaces(b))
		return false;
	for (i = 0; i < layout_n_interfaces(a); i++)
		if (strcmp(layout_interface(a, i), layout_interface(b, i)) != 0)
			return false;
	return true;
}

static int apply_check_self(const struct daemon *daemon, const struct cluster *cluster,
			    char ret_error[512])
{
	const struct cluster_node *now, *next = &cluster->nodes[cluster->self];

	if (!daemon->cluster)
		return 0;
	now = daemon_self(daemon);
	if (now->id == next->id && apply_same_interfaces(now, next))
		return 0;
	snprintf(ret_error, 512,
		 "node %s: its id or interfaces differ from the running ones (id %u on %s%s); "
		 "restart steerd to change these",
		 next->name, now->id, daemon->port_name[0], daemon->n_ports > 1 ? ", …" : "");
	return -EINVAL;
}

/* Everything but the maps follows the new configuration: it must not fail half-way, so it only
 * reports. */
static int apply_modules(struct daemon *daemon)
{
	const struct cluster *cluster = daemon->cluster;
	struct steer_settings keys = {};
	struct liveness_timing timing = {
		.interval_ns = cluster->liveness.interval_ms * 1000000ULL,
		.multiplier = cluster->liveness.multiplier,
		.rise = cluster->liveness.rise,
	};
	int r;

	layout_keys(cluster, &keys);
	r = liveness_configure(daemon->liveness, keys.auth_key, &timing);
	if (r < 0)
		return r;
	r = paths_follow(daemon);
	if (r < 0)
		return r;
	return checker_configure(daemon->checker, cluster);
}

/*
 * From here on our tables may be others than our peers'; view_settle() finds out when not. They
 * learn so first, and have a moment for it: no table has this digest.
 */
static void apply_unsettle(struct daemon *daemon)
{
	struct steer_settings settings;
	uint64_t moment_ns;

	if (!daemon->cluster || datapath_get_settings(daemon->datapath, &settings) < 0)
		return;
	settings.flags |= STEER_CONVERGING;
	settings.epoch = STEER_EPOCH_NONE;
	datapath_set_settings(daemon->datapath, &settings);
	daemon->table_digest = 0;
	states_announce(daemon);
	moment_ns = 2000000ULL * daemon->cluster->liveness.interval_ms;
	if (moment_ns > APPLY_MOMENT_NS)
		moment_ns = APPLY_MOMENT_NS;
	liveness_attend(daemon->liveness, daemon_now_ns() + moment_ns);
}

/* Nothing came of it: the tables are what they were. */
static void apply_undo_unsettle(struct daemon **daemon)
{
	(*daemon)->applying = false;
	if (!(*daemon)->cluster || (*daemon)->table_digest)
		return;
	(*daemon)->table_digest = tables_digest(*daemon);
	states_publish(*daemon);
}

int apply_cluster(struct daemon *daemon, struct cluster *cluster, char ret_error[512])
{
	_cleanup_(apply_undo_unsettle) struct daemon *announced = daemon;
	_cleanup_(layout_free) struct layout layout = {};
	struct datapath_error error = {};
	struct cluster *old;
	int r;

	snprintf(ret_error, 512, "out of memory or of map entries; nothing was changed");
	r = apply_check_self(daemon, cluster, ret_error);
	if (r < 0)
		return r;
	r = layout_make(daemon, cluster, &layout);
	if (r < 0)
		return r;
	agentless_load_admin(daemon, cluster);
	apply_unsettle(daemon);
	daemon->applying = true;
	r = tables_store(daemon, cluster, &layout.pool_slots, ret_error);
	if (r == 0)
		r = apply_flow_tables(daemon, cluster, &layout, ret_error);
	if (r < 0)
		return r;
	r = datapath_set_peers(daemon->datapath, layout.peers, layout.n_peers);
	if (r == 0)
		r = datapath_set_routers(daemon->datapath, cluster->liveness.answer,
					 cluster->liveness.n_answer);
	layout.settings.flags |= daemon->cluster ? STEER_CONVERGING : 0;
	if (r == 0)
		r = datapath_set_settings(daemon->datapath, &layout.settings);
	if (r < 0) {
		snprintf(ret_error, 512,
			 "peers, routers or settings cannot be written: %s; the tables are new "
			 "already, services as before; reload again",
			 strerror(-r));
		return r;
	}
	r = datapath_set_services(daemon->datapath, layout.vips, layout.n_vips, layout.services,
				  cluster->n_services, &error);
	if (r < 0) {
		snprintf(ret_error, 512, "%s", error.text);
		return r;
	}

	old = TAKE_PTR(daemon->cluster);
	daemon->cluster = cluster;
	daemon->generation++;
	slots_copy(&daemon->pool_slots, &layout.pool_slots);
	slots_copy(&daemon->service_slots, &layout.service_slots);
	slots_copy(&daemon->vip_slots, &layout.vip_slots);
	daemon->table_digest = tables_digest(daemon);
	apply_forget(daemon, &layout);
	apply_forget_flow_tables(daemon, &layout);
	r = apply_modules(daemon);
	if (r < 0)
		snprintf(ret_error, 512, "probes or checks cannot start: %s", strerror(-r));
	cluster_free(old);
	daemon->loaded_ns = daemon_now_ns();
	daemon->applying = false;
	states_publish(daemon);
	return r;
}
