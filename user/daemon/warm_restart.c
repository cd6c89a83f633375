// SPDX-License-Identifier: GPL-2.0
#include "daemon/warm_restart.h"

#include <arpa/inet.h>
#include <endian.h>

#include "daemon/map_image.h"

static void claim_service(struct daemon *daemon, const struct cluster *config,
			  const struct cluster_service *service)
{
	struct datapath_vip vip = { .addr = service->vip, .prefix_bits = service->prefix_bits };
	struct datapath_service found = {};
	char name[CLUSTER_NAME_MAX];

	if (datapath_get_vip(daemon->datapath, &vip) < 0 ||
	    index_alloc_claim(&daemon->state->vip_index, vip.value.id - 1,
			      map_image_vip_name(service, name)) < 0)
		return;
	found.key.vip = vip.value.id;
	found.key.port = htons(service->port);
	found.key.protocol = service->protocol;
	if (datapath_get_service(daemon->datapath, &found) < 0)
		return;
	/* Taken already: this name gets an index of its own, as if it were new. */
	index_alloc_claim(&daemon->state->service_index, found.value.id, service->name);
	index_alloc_claim(&daemon->state->pool_index, found.value.pool,
			  config->pools[service->pool].name);
}

void warm_restart_indices(struct daemon *daemon, const struct cluster *config)
{
	for (size_t i = 0; i < config->n_services; i++)
		claim_service(daemon, config, &config->services[i]);
}

void warm_restart_tables(struct daemon *daemon, const struct cluster *config)
{
	size_t index;

	for (size_t i = 0; i < config->n_pools; i++) {
		index = index_alloc_find(&daemon->state->pool_index, config->pools[i].name);
		if (index != INDEX_NONE)
			datapath_pin_table(daemon->datapath, index);
	}
	datapath_pin_table(daemon->datapath, STEER_POOL_CLUSTER);
	for (size_t i = 0; i < config->n_services; i++) {
		index = index_alloc_find(&daemon->state->service_index, config->services[i].name);
		if (index != INDEX_NONE && config->services[i].flow_entries)
			datapath_pin_flow_table(daemon->datapath, index);
	}
}

void warm_restart_memory(struct daemon *daemon)
{
	struct steer_reflector reflector;

	if (datapath_get_reflector(daemon->datapath, &reflector) < 0 || !reflector.discriminator)
		return;
	daemon->memory.pools_digest = be64toh(reflector.answer.pools_digest);
	for (size_t i = 0; i < STEER_SBFD_ACTIVE; i++)
		daemon->memory.active[i] = (struct liveness_active){
			be16toh(reflector.answer.active[i].node),
			be16toh(reflector.answer.active[i].term),
		};
}
