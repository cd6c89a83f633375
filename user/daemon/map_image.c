// SPDX-License-Identifier: GPL-2.0
#include "daemon/map_image.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/address.h"
#include "steer/gue.h"

/* At most this many low bits of an outer source carry entropy. */
#define ENTROPY_BITS_MAX 32

void map_image_free(struct map_image *image)
{
	index_alloc_free(&image->pool_index);
	index_alloc_free(&image->service_index);
	index_alloc_free(&image->vip_index);
	free(image->vips);
	free(image->services);
	free(image->peers);
}

void map_image_keys(const struct cluster *cluster, struct steer_settings *settings)
{
	memcpy(&settings->flow_key, cluster->flow_key, sizeof(settings->flow_key));
	memcpy(&settings->auth_key[0], cluster->auth_key[0], sizeof(settings->auth_key[0]));
	/* Twice the same, rather than an empty one that anybody has. */
	memcpy(&settings->auth_key[1], cluster->auth_key[cluster->n_auth_keys > 1],
	       sizeof(settings->auth_key[1]));
}

void map_image_tunnel_source(const struct cluster *cluster, struct steer_node *value)
{
	bool ipv4 = address_is_ipv4(&value->addr);
	const struct steer_addr *source =
		ipv4 ? &cluster->tunnel_source4 : &cluster->tunnel_source6;
	uint8_t bits = ipv4 ? cluster->tunnel_source4_bits : cluster->tunnel_source6_bits;

	if (value->forward != STEER_FORWARD_IPIP || address_is_none(source))
		return;
	value->source = *source;
	value->entropy_bits = 128 - bits < ENTROPY_BITS_MAX ? 128 - bits : ENTROPY_BITS_MAX;
}

static void set_settings(const struct daemon *daemon, const struct cluster *cluster,
			 struct steer_settings *settings)
{
	const struct cluster_node *self = &cluster->nodes[cluster->self];

	*settings = (struct steer_settings){
		.schema = STEER_SCHEMA,
		.generation = daemon->state->generation + 1,
		.self = self->id,
		.gue_port = htons(cluster->gue_port),
		.addr4 = self->addr4,
		.addr6 = self->addr6,
	};
	memcpy(settings->interface, daemon->macs, sizeof(settings->interface));
	map_image_keys(cluster, settings);
	for (size_t i = 0; i < cluster->n_services; i++)
		if (cluster->services[i].prefix_bits != 128)
			settings->flags |= STEER_HAVE_PREFIXES;
}

static uint8_t protocol_bit(uint8_t protocol)
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

/* The id services of this VIP are keyed by; adds the VIP to the image the first time. */
static int add_vip(struct map_image *image, const struct cluster_service *service, uint32_t *ret_id)
{
	char name[CLUSTER_NAME_MAX];
	size_t index = index_alloc_assign(&image->vip_index, map_image_vip_name(service, name));

	if (index == INDEX_NONE)
		return -ENOSPC;
	*ret_id = index + 1;
	for (size_t i = 0; i < image->n_vips; i++) {
		if (image->vips[i].value.id != *ret_id)
			continue;
		image->vips[i].value.protocols |= protocol_bit(service->protocol);
		return 0;
	}
	image->vips[image->n_vips++] = (struct datapath_vip){
		.addr = service->vip,
		.prefix_bits = service->prefix_bits,
		.value = { .id = *ret_id, .protocols = protocol_bit(service->protocol) },
	};
	return 0;
}

static int add_service(struct map_image *image, const struct cluster *cluster, size_t position)
{
	const struct cluster_service *service = &cluster->services[position];
	size_t index = index_alloc_assign(&image->service_index, service->name);
	uint32_t vip;
	int r;

	if (index == INDEX_NONE)
		return -ENOSPC;
	r = add_vip(image, service, &vip);
	if (r < 0)
		return r;
	image->services[position] = (struct datapath_service){
		.key =
			{
				.vip = vip,
				.port = htons(service->port),
				.protocol = service->protocol,
			},
		.value =
			{
				.id = index,
				.pool = index_alloc_find(&image->pool_index,
						   cluster->pools[service->pool].name),
				.hash_kind = service->hash_kind,
				.flags = (service->flow_entries ? STEER_SERVICE_FLOWS : 0) |
					 (service->plain ? STEER_SERVICE_PLAIN : 0),
				.prefix4_bits = service->prefix4_bits,
				.prefix6_bits = service->prefix6_bits,
				.cid_rotation = service->cid_rotation,
				.cid_bytes = service->cid_bytes,
			},
	};
	return 0;
}

static void add_peer(struct map_image *image, const struct steer_addr *addr, uint16_t id)
{
	if (!address_is_none(addr))
		image->peers[image->n_peers++] = (struct datapath_peer){ *addr, { .node = id } };
}

static int add_peers(struct map_image *image, const struct cluster *cluster)
{
	image->peers = calloc(2 * cluster->n_nodes, sizeof(*image->peers));
	if (!image->peers)
		return -ENOMEM;
	for (size_t i = 0; i < cluster->n_nodes; i++) {
		const struct cluster_node *node = &cluster->nodes[i];

		if (i == cluster->self || node->agentless)
			continue;
		add_peer(image, &node->addr4, node->id);
		add_peer(image, &node->addr6, node->id);
	}
	return 0;
}

const char *map_image_vip_name(const struct cluster_service *service, char buffer[CLUSTER_NAME_MAX])
{
	char text[ADDRESS_TEXT_MAX];

	snprintf(buffer, CLUSTER_NAME_MAX, "%.50s/%u", address_format(&service->vip, text),
		 service->prefix_bits);
	return buffer;
}

int map_image_make(const struct daemon *daemon, const struct cluster *cluster,
		   struct map_image *image)
{
	int r;

	if (index_alloc_copy(&image->pool_index, &daemon->state->pool_index) < 0 ||
	    index_alloc_copy(&image->service_index, &daemon->state->service_index) < 0 ||
	    index_alloc_copy(&image->vip_index, &daemon->state->vip_index) < 0)
		return -ENOMEM;
	image->vips = calloc(cluster->n_services + 1, sizeof(*image->vips));
	image->services = calloc(cluster->n_services + 1, sizeof(*image->services));
	if (!image->vips || !image->services)
		return -ENOMEM;
	for (size_t i = 0; i < cluster->n_pools; i++)
		if (index_alloc_assign(&image->pool_index, cluster->pools[i].name) == INDEX_NONE)
			return -ENOSPC;
	for (size_t i = 0; i < cluster->n_services; i++) {
		r = add_service(image, cluster, i);
		if (r < 0)
			return r;
	}
	set_settings(daemon, cluster, &image->settings);
	return add_peers(image, cluster);
}
