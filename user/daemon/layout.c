// SPDX-License-Identifier: GPL-2.0
#include "daemon/layout.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/adopt.h"
#include "steer/gue.h"

void layout_free(struct layout *layout)
{
	slots_free(&layout->pool_slots);
	slots_free(&layout->service_slots);
	slots_free(&layout->vip_slots);
	free(layout->vips);
	free(layout->services);
}

void layout_keys(const struct cluster *cluster, struct steer_settings *settings)
{
	memcpy(&settings->flow_key, cluster->key, sizeof(settings->flow_key));
	memcpy(&settings->tag_key, cluster->key + 16, sizeof(settings->tag_key));
}

static void layout_settings(const struct cluster *cluster, uint32_t generation,
			    struct steer_settings *settings)
{
	const struct cluster_node *self = &cluster->nodes[cluster->self];
	size_t i;

	*settings = (struct steer_settings){
		.schema = STEER_SCHEMA,
		.generation = generation,
		.self = self->id,
		.gue_port = htons(STEER_GUE_PORT),
		.addr4 = self->addr4,
		.addr6 = self->addr6,
	};
	layout_keys(cluster, settings);
	for (i = 0; i < cluster->n_services; i++)
		if (cluster->services[i].prefix_bits != 128)
			settings->flags |= STEER_HAVE_PREFIXES;
}

/* The id services of this VIP are keyed by; adds the VIP to the layout the first time. */
static int layout_vip(struct layout *layout, const struct cluster_service *service,
		      uint32_t *ret_id)
{
	char name[CLUSTER_NAME_MAX];
	size_t i, slot;

	slot = slots_assign(&layout->vip_slots, adopt_vip_name(service, name));
	if (slot == SLOT_NONE)
		return -ENOSPC;
	*ret_id = slot + 1;
	for (i = 0; i < layout->n_vips; i++)
		if (layout->vips[i].value.id == *ret_id)
			return 0;
	layout->vips[layout->n_vips++] = (struct datapath_vip){
		.addr = service->vip,
		.prefix_bits = service->prefix_bits,
		.value = { .id = *ret_id },
	};
	return 0;
}

static int layout_service(struct layout *layout, const struct cluster *cluster, size_t index)
{
	const struct cluster_service *service = &cluster->services[index];
	size_t slot = slots_assign(&layout->service_slots, service->name);
	uint32_t vip;
	int r;

	if (slot == SLOT_NONE)
		return -ENOSPC;
	r = layout_vip(layout, service, &vip);
	if (r < 0)
		return r;
	layout->services[index] = (struct datapath_service){
		.key =
			{
				.vip = vip,
				.port = htons(service->port),
				.protocol = service->protocol,
			},
		.value =
			{
				.id = slot,
				.pool = slots_find(&layout->pool_slots,
						   cluster->pools[service->pool].name),
				.hash_kind = service->hash_kind,
			},
	};
	return 0;
}

int layout_make(const struct daemon *daemon, const struct cluster *cluster, struct layout *layout)
{
	size_t i;
	int r;

	if (slots_copy(&layout->pool_slots, &daemon->pool_slots) < 0 ||
	    slots_copy(&layout->service_slots, &daemon->service_slots) < 0 ||
	    slots_copy(&layout->vip_slots, &daemon->vip_slots) < 0)
		return -ENOMEM;
	layout->vips = calloc(cluster->n_services + 1, sizeof(*layout->vips));
	layout->services = calloc(cluster->n_services + 1, sizeof(*layout->services));
	if (!layout->vips || !layout->services)
		return -ENOMEM;
	for (i = 0; i < cluster->n_pools; i++)
		if (slots_assign(&layout->pool_slots, cluster->pools[i].name) == SLOT_NONE)
			return -ENOSPC;
	for (i = 0; i < cluster->n_services; i++) {
		r = layout_service(layout, cluster, i);
		if (r < 0)
			return r;
	}
	layout_settings(cluster, daemon->generation + 1, &layout->settings);
	return 0;
}
