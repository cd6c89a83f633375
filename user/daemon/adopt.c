// SPDX-License-Identifier: GPL-2.0
#include "daemon/adopt.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "config/address.h"

const char *adopt_vip_name(const struct cluster_service *service, char buffer[CLUSTER_NAME_MAX])
{
	char text[ADDRESS_TEXT_MAX];

	snprintf(buffer, CLUSTER_NAME_MAX, "%.50s/%u", address_format(&service->vip, text),
		 service->prefix_bits);
	return buffer;
}

static void adopt_service(struct daemon *daemon, const struct cluster *cluster,
			  const struct cluster_service *service)
{
	struct datapath_vip vip = { .addr = service->vip, .prefix_bits = service->prefix_bits };
	struct datapath_service found = {};
	char name[CLUSTER_NAME_MAX];

	if (datapath_get_vip(daemon->datapath, &vip) < 0 ||
	    slots_claim(&daemon->vip_slots, vip.value.id - 1, adopt_vip_name(service, name)) < 0)
		return;
	found.key.vip = vip.value.id;
	found.key.port = htons(service->port);
	found.key.protocol = service->protocol;
	if (datapath_get_service(daemon->datapath, &found) < 0)
		return;
	/* Taken already: this name gets a slot of its own, as if it were new. */
	slots_claim(&daemon->service_slots, found.value.id, service->name);
	slots_claim(&daemon->pool_slots, found.value.pool, cluster->pools[service->pool].name);
}

void adopt_slots(struct daemon *daemon, const struct cluster *cluster)
{
	size_t i;

	for (i = 0; i < cluster->n_services; i++)
		adopt_service(daemon, cluster, &cluster->services[i]);
}

void adopt_tables(struct daemon *daemon, const struct cluster *cluster)
{
	size_t i, slot;

	for (i = 0; i < cluster->n_pools; i++) {
		slot = slots_find(&daemon->pool_slots, cluster->pools[i].name);
		if (slot != SLOT_NONE)
			datapath_pin_table(daemon->datapath, slot);
	}
	datapath_pin_table(daemon->datapath, STEER_POOL_CLUSTER);
	for (i = 0; i < cluster->n_services; i++) {
		slot = slots_find(&daemon->service_slots, cluster->services[i].name);
		if (slot != SLOT_NONE && cluster->services[i].flow_entries)
			datapath_pin_flow_table(daemon->datapath, slot);
	}
}
