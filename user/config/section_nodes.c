// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "config/address.h"
#include "config/sections.h"
#include "config/value.h"

enum { NAME, ID, ADDRESS, ADDRESS6, INTERFACE, WEIGHT, FORWARD, AGENT, KEYS };

static const struct walk_key node_keys[KEYS] = {
	[NAME] = { "name", true },
	[ID] = { "id", true },
	[ADDRESS] = { "address", false },
	[ADDRESS6] = { "address6", false },
	[INTERFACE] = { "interface", false },
	[WEIGHT] = { "weight", false },
	[FORWARD] = { "forward", false },
	[AGENT] = { "agent", false },
};

static void read_name(struct loader *loader, const yaml_node_t *value, size_t index)
{
	struct cluster_node *node = &loader->cluster->nodes[index];

	if (value_name(&loader->walk, value, "name", node->name) == 0)
		section_unique(loader, &loader->node_names, value, "node name", node->name, index);
}

static void read_id(struct loader *loader, const yaml_node_t *value, size_t index)
{
	struct cluster_node *node = &loader->cluster->nodes[index];
	char text[16];
	uint32_t id;

	if (value_number(&loader->walk, value, "id", 1, STEER_MAX_NODES - 1, &id) < 0)
		return;
	node->id = (uint16_t)id;
	snprintf(text, sizeof(text), "%u", id);
	section_unique(loader, &loader->node_ids, value, "node id", text, index);
}

static void read_address(struct loader *loader, const yaml_node_t *value, const char *key,
			 size_t index)
{
	struct cluster_node *node = &loader->cluster->nodes[index];
	const struct walk *walk = &loader->walk;
	char text[ADDRESS_TEXT_MAX];
	struct steer_addr addr;

	if (value_address(walk, value, key, &addr) < 0)
		return;
	address_format(&addr, text);
	if (address_is_ipv4(&addr) && !strcmp(key, "address6")) {
		walk_error(walk, value, "address6 %s is IPv4; write it as address:", text);
		return;
	}
	if (!address_is_host(&addr)) {
		walk_error(walk, value, "%s %s is not a host address; give the node's own", key,
			   text);
		return;
	}
	if (address_is_link_local(&addr)) {
		walk_error(walk, value, "%s %s is link-local; give one that needs no interface",
			   key, text);
		return;
	}
	section_unique(loader, &loader->node_addresses, value, "node address", text, index);
	if (address_is_ipv4(&addr))
		node->addr4 = addr;
	else
		node->addr6 = addr;
}

static void read_addresses(struct loader *loader, const yaml_node_t *item,
			   const yaml_node_t *const *value, size_t index)
{
	struct cluster_node *node = &loader->cluster->nodes[index];
	const struct walk *walk = &loader->walk;
	bool had_address6;

	if (!value[ADDRESS] && !value[ADDRESS6]) {
		walk_error(walk, item, "a node has no address; add address: or address6:");
		return;
	}
	read_address(loader, value[ADDRESS], "address", index);
	had_address6 = !address_is_none(&node->addr6);
	read_address(loader, value[ADDRESS6], "address6", index);
	if (value[ADDRESS6] && !address_is_none(&node->addr6) && had_address6)
		walk_error(walk, value[ADDRESS6],
			   "address is an IPv6 address already; give IPv4 in address, or drop one");
}

/* The rules of the kernel's dev_valid_name(). */
static bool is_interface_name(const char *text)
{
	if (!strcmp(text, ".") || !strcmp(text, ".."))
		return false;
	for (; *text; text++)
		if (*text == '/' || *text == ':' || isspace((unsigned char)*text))
			return false;
	return true;
}

static void read_interface(struct loader *loader, const yaml_node_t *value,
			   struct cluster_node *node)
{
	const struct walk *walk = &loader->walk;
	char *name = node->interfaces[node->n_interfaces];
	char quoted[WALK_QUOTE_MAX];

	if (value_text(walk, value, "interface", IF_NAMESIZE, name) < 0)
		return;
	if (!is_interface_name(name)) {
		walk_error(walk, value, "interface %s is not an interface name; see: ip link",
			   walk_quote(value, quoted));
		return;
	}
	for (size_t i = 0; i < node->n_interfaces; i++) {
		if (!strcmp(node->interfaces[i], name)) {
			walk_error(walk, value, "interface %s is named twice; drop one", name);
			return;
		}
	}
	node->n_interfaces++;
}

/* eth0, or [eth0, eth1] */
static void read_interfaces(struct loader *loader, const yaml_node_t *value,
			    struct cluster_node *node)
{
	size_t n;

	if (value->type != YAML_SEQUENCE_NODE) {
		read_interface(loader, value, node);
		return;
	}
	if (walk_sequence(&loader->walk, value, "interface", STEER_MAX_INTERFACES, &n) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		read_interface(loader, walk_item(&loader->walk, value, i), node);
}

/* Check the keys that only nodes with an agent have, or only nodes without one. */
static void check_agent(struct loader *loader, const yaml_node_t *item,
			const yaml_node_t *const *value, const struct cluster_node *node)
{
	const struct walk *walk = &loader->walk;
	const yaml_node_t *forward = value[FORWARD] ? value[FORWARD] : item;

	if (node->agentless) {
		if (value[INTERFACE])
			walk_error(walk, value[INTERFACE],
				   "interface is where a node runs Steer, and this one runs none; "
				   "remove it");
		if (node->forward == STEER_FORWARD_GUE)
			walk_error(walk, forward,
				   "a node without an agent cannot take GUE; write forward: l2 or "
				   "forward: ipip");
		return;
	}
	if (!value[INTERFACE])
		walk_error(walk, item, "a node has no \"interface\"; add it");
	if (node->forward == STEER_FORWARD_IPIP)
		walk_error(walk, forward,
			   "forward ipip is for nodes without an agent; write forward: gue, or "
			   "agent: false");
}

static void read_node(struct loader *loader, const yaml_node_t *item, size_t index)
{
	static const char *const agents[] = { "true", "false", NULL };
	struct cluster_node *node = &loader->cluster->nodes[index];
	const struct walk *walk = &loader->walk;
	const yaml_node_t *value[KEYS];
	unsigned int agent = 0;

	*node = (struct cluster_node){ .weight = 100, .forward = loader->forward };
	if (walk_mapping(walk, item, "a node", node_keys, KEYS, value) < 0)
		return;
	read_name(loader, value[NAME], index);
	read_id(loader, value[ID], index);
	read_addresses(loader, item, value, index);
	if (value[INTERFACE])
		read_interfaces(loader, value[INTERFACE], node);
	value_number(walk, value[WEIGHT], "weight", 1, CLUSTER_WEIGHT_MAX, &node->weight);
	section_forward(walk, value[FORWARD], &node->forward);
	value_choice(walk, value[AGENT], "agent", agents, &agent);
	node->agentless = agent;
	check_agent(loader, item, value, node);
}

static bool can_reach(const struct cluster_node *a, const struct cluster_node *b)
{
	return (!address_is_none(&a->addr4) && !address_is_none(&b->addr4)) ||
	       (!address_is_none(&a->addr6) && !address_is_none(&b->addr6));
}

/* Every node that runs Steer probes all others, and forwards to them. */
static void check_families(const struct loader *loader, const yaml_node_t *item, size_t index)
{
	const struct cluster_node *node = &loader->cluster->nodes[index];

	for (size_t i = 0; i < index; i++) {
		const struct cluster_node *other = &loader->cluster->nodes[i];

		if (address_is_none(&node->addr4) && address_is_none(&node->addr6))
			return;
		if ((node->agentless && other->agentless) || can_reach(node, other) ||
		    (address_is_none(&other->addr4) && address_is_none(&other->addr6)))
			continue;
		walk_error(
			&loader->walk, item,
			"node %s has only an IPv%d address and node %s only an IPv%d one, so that "
			"they cannot reach each other; give both an address:, or both an "
			"address6:",
			node->name, address_is_none(&node->addr4) ? 6 : 4, other->name,
			address_is_none(&other->addr4) ? 6 : 4);
		return;
	}
}

void section_nodes(struct loader *loader, const yaml_node_t *sequence)
{
	size_t errors_before = loader->walk.errors->n;
	struct cluster *cluster = loader->cluster;
	size_t n;

	if (walk_sequence(&loader->walk, sequence, "nodes", STEER_MAX_NODES - 1, &n) < 0)
		return;
	cluster->nodes = calloc(n, sizeof(*cluster->nodes));
	if (!cluster->nodes) {
		loader->walk.errors->out_of_memory = true;
		return;
	}
	cluster->n_nodes = n;
	for (size_t i = 0; i < n; i++)
		read_node(loader, walk_item(&loader->walk, sequence, i), i);
	/* Or an address that cannot be read would be said to lack, too. */
	for (size_t i = 0; i < n && loader->walk.errors->n == errors_before; i++)
		check_families(loader, walk_item(&loader->walk, sequence, i), i);
}
