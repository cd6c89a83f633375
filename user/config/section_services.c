// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "config/address.h"
#include "config/sections.h"
#include "config/value.h"

enum { NAME, VIP, PROTOCOL, PORT, POOL, HASH, FLOW_TABLE, SECOND_CHANCE, KEYS };

static const struct walk_key service_keys[KEYS] = {
	[NAME] = { "name", true },
	[VIP] = { "vip", true },
	[PROTOCOL] = { "protocol", true },
	[PORT] = { "port", true },
	[POOL] = { "pool", true },
	[HASH] = { "hash", false },
	[FLOW_TABLE] = { "flow-table", false },
	[SECOND_CHANCE] = { "second-chance", false },
};

static const char *const protocols[] = { "tcp", "udp", "sctp", NULL };
static const uint8_t protocol_numbers[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP };

static const char *protocol_name(uint8_t number)
{
	size_t i = 0;

	while (protocol_numbers[i] != number)
		i++;
	return protocols[i];
}

/* Packets to a node's own address are for that node and never steered. */
static int refuse_node_address(struct loader *loader, const yaml_node_t *value,
			       const struct cluster_node *node, const struct steer_addr *addr,
			       const struct steer_addr *vip, uint8_t prefix_bits)
{
	struct steer_addr network = address_network(addr, prefix_bits);
	char text[ADDRESS_TEXT_MAX];

	if (address_is_none(addr) || !address_equal(&network, vip))
		return 0;
	walk_error(&loader->walk, value,
		   "vip %s address %s of node %s; give an address that no node has",
		   prefix_bits == 128 ? "is the" : "contains the", address_format(addr, text),
		   node->name);
	return -EINVAL;
}

static int read_vip(struct loader *loader, const yaml_node_t *value,
		    struct cluster_service *service)
{
	const struct walk *walk = &loader->walk;
	const struct cluster *cluster = loader->cluster;
	char text[ADDRESS_TEXT_MAX];
	struct steer_addr vip;
	uint8_t bits;
	int r;

	r = value_prefix(walk, value, "vip", &vip, &bits);
	if (r < 0)
		return r;
	if (!address_is_host(&vip) || address_is_link_local(&vip)) {
		walk_error(walk, value, "vip %s is not a routable address; give another",
			   address_format(&vip, text));
		return -EINVAL;
	}
	for (size_t i = 0; i < cluster->n_nodes; i++) {
		const struct cluster_node *node = &cluster->nodes[i];

		if (refuse_node_address(loader, value, node, &node->addr4, &vip, bits) < 0 ||
		    refuse_node_address(loader, value, node, &node->addr6, &vip, bits) < 0)
			return -EINVAL;
	}
	service->vip = vip;
	service->prefix_bits = bits;
	return 0;
}

/* A port number; 0 and "any" mean any port. */
static int read_port(const struct walk *walk, const yaml_node_t *value, uint16_t *ret_port)
{
	uint32_t port;
	int r;

	if (value && value->type == YAML_SCALAR_NODE &&
	    !strcmp((char *)value->data.scalar.value, "any")) {
		*ret_port = 0;
		return 0;
	}
	r = value_number(walk, value, "port", 0, UINT16_MAX, &port);
	if (r < 0)
		return r;
	*ret_port = (uint16_t)port;
	return 0;
}

static void refuse_same_endpoint(struct loader *loader, const yaml_node_t *item, size_t index)
{
	const struct cluster_service *service = &loader->cluster->services[index];
	char vip[ADDRESS_TEXT_MAX], text[ADDRESS_TEXT_MAX + 32], port[8] = "any";

	if (service->port)
		snprintf(port, sizeof(port), "%u", service->port);
	snprintf(text, sizeof(text), "%s/%d %s port %s", address_format(&service->vip, vip),
		 address_is_ipv4(&service->vip) ? service->prefix_bits - 96 : service->prefix_bits,
		 protocol_name(service->protocol), port);
	section_unique(loader, &loader->endpoints, item, "service at", text, index);
}

static void read_service(struct loader *loader, const yaml_node_t *item, size_t index)
{
	static const char *const chances[] = { "on", "off", NULL };
	struct cluster_service *service = &loader->cluster->services[index];
	unsigned int protocol, plain = 0;
	const struct walk *walk = &loader->walk;
	const yaml_node_t *value[KEYS];
	size_t errors_before = walk->errors->n;
	bool vip_ok, port_ok;

	*service = (struct cluster_service){ .id = (uint16_t)index, .pool = SIZE_MAX };
	if (walk_mapping(walk, item, "a service", service_keys, KEYS, value) < 0)
		return;
	if (value_name(walk, value[NAME], "name", service->name) == 0)
		section_unique(loader, &loader->service_names, value[NAME], "service name",
			       service->name, index);
	vip_ok = read_vip(loader, value[VIP], service) == 0;
	port_ok = read_port(walk, value[PORT], &service->port) == 0;
	if (value_choice(walk, value[PROTOCOL], "protocol", protocols, &protocol) == 0)
		service->protocol = protocol_numbers[protocol];
	if (vip_ok && port_ok && service->protocol)
		refuse_same_endpoint(loader, item, index);
	section_hash(walk, value[HASH], service);
	section_flow_table(walk, value[FLOW_TABLE], service);
	value_choice(walk, value[SECOND_CHANCE], "second-chance", chances, &plain);
	service->plain = plain;
	if (section_find(loader, value[POOL], "pool", &loader->pool_names, section_pool_name,
			 &service->pool) == 0)
		section_server_ids(loader, item, service);
	if (walk->errors->n != errors_before)
		service->pool = SIZE_MAX;
}

void section_services(struct loader *loader, const yaml_node_t *sequence)
{
	struct cluster *cluster = loader->cluster;
	size_t n;

	if (walk_sequence(&loader->walk, sequence, "services", STEER_MAX_SERVICES, &n) < 0)
		return;
	cluster->services = calloc(n, sizeof(*cluster->services));
	if (!cluster->services) {
		loader->walk.errors->out_of_memory = true;
		return;
	}
	cluster->n_services = n;
	for (size_t i = 0; i < n; i++)
		read_service(loader, walk_item(&loader->walk, sequence, i), i);
}
