// SPDX-License-Identifier: GPL-2.0
#include "daemon/layout.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "config/address.h"
#include "daemon/adopt.h"
#include "steer/gue.h"

/* So many low bits of an outer source carry entropy at most. */
#define LAYOUT_ENTROPY_BITS_MAX 32

void layout_free(struct layout *layout)
{
	slots_free(&layout->pool_slots);
	slots_free(&layout->service_slots);
	slots_free(&layout->vip_slots);
	free(layout->vips);
	free(layout->services);
	free(layout->peers);
}

bool layout_runs_steer(const struct cluster_node *node)
{
	return !node->agentless;
}

size_t layout_n_interfaces(const struct cluster_node *node)
{
	return node->n_interfaces;
}

const char *layout_interface(const struct cluster_node *node, size_t i)
{
	return node->interfaces[i];
}

void layout_keys(const struct cluster *cluster, struct steer_settings *settings)
{
	memcpy(&settings->flow_key, cluster->flow_key, sizeof(settings->flow_key));
	memcpy(&settings->auth_key[0], cluster->auth_key[0], sizeof(settings->auth_key[0]));
	/* Twice the same, rather than an empty one that anybody has. */
	memcpy(&settings->auth_key[1], cluster->auth_key[cluster->n_tag_keys > 1],
	       sizeof(settings->auth_key[1]));
}

void layout_tunnel_source(const struct cluster *cluster, struct steer_node *value)
{
	bool ipv4 = address_is_ipv4(&value->addr);
	const struct steer_addr *source =
		ipv4 ? &cluster->tunnel_source4 : &cluster->tunnel_source6;
	uint8_t bits = ipv4 ? cluster->tunnel_source4_bits : cluster->tunnel_source6_bits;

	if (value->forward != STEER_FORWARD_IPIP || address_is_none(source))
		return;
	value->source = *source;
	value->entropy_bits =
		128 - bits < LAYOUT_ENTROPY_BITS_MAX ? 128 - bits : LAYOUT_ENTROPY_BITS_MAX;
}

static void layout_settings(const struct daemon *daemon, const struct cluster *cluster,
			    struct steer_settings *settings)
{
	const struct cluster_node *self = &cluster->nodes[cluster->self];
	size_t i;

	*settings = (struct steer_settings){
		.schema = STEER_SCHEMA,
		.generation = daemon->generation + 1,
		.self = self->id,
		.gue_port = htons(STEER_GUE_PORT),
		.addr4 = self->addr4,
		.addr6 = self->addr6,
	};
	memcpy(settings->interface, daemon->port, sizeof(settings->interface));
	layout_keys(cluster, settings);
	for (i = 0; i < cluster->n_services; i++)
		if (cluster->services[i].prefix_bits != 128)
			settings->flags |= STEER_HAVE_PREFIXES;
}

static uint8_t layout_protocol_bit(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return STEER_VIP_TCP;
	case IPPROTO_UDP:
		return STEER_VIP_UDP;
	case IPPROTO_SCTP:
		return STEER_VIP_SCTP;
	default:
		return 0;
	}
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
	for (i = 0; i < layout->n_vips; i++) {
		if (layout->vips[i].value.id != *ret_id)
			continue;
		layout->vips[i].value.protocols |= layout_protocol_bit(service->protocol);
		return 0;
	}
	layout->vips[layout->n_vips++] = (struct datapath_vip){
		.addr = service->vip,
		.prefix_bits = service->prefix_bits,
		.value = { .id = *ret_id, .protocols = layout_protocol_bit(service->protocol) },
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
				.flags = service->flow_entries ? STEER_SERVICE_FLOWS : 0,
				.prefix4_bits = service->prefix4_bits,
				.prefix6_bits = service->prefix6_bits,
				.cid_rotation = service->cid_rotation,
				.cid_bytes = service->cid_bytes,
			},
	};
	return 0;
}

static void layout_peer(struct layout *layout, const struct steer_addr *addr, uint16_t id)
{
	if (!address_is_none(addr))
		layout->peers[layout->n_peers++] = (struct datapath_peer){ *addr, { .node = id } };
}

static int layout_peers(struct layout *layout, const struct cluster *cluster)
{
	size_t i;

	layout->peers = calloc(2 * cluster->n_nodes, sizeof(*layout->peers));
	if (!layout->peers)
		return -ENOMEM;
	for (i = 0; i < cluster->n_nodes; i++) {
		const struct cluster_node *node = &cluster->nodes[i];

		if (i == cluster->self || !layout_runs_steer(node))
			continue;
		layout_peer(layout, &node->addr4, node->id);
		layout_peer(layout, &node->addr6, node->id);
	}
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
	layout_settings(daemon, cluster, &layout->settings);
	return layout_peers(layout, cluster);
}
