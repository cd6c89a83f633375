// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "config/address.h"
#include "config/sections.h"
#include "config/suggest.h"
#include "config/value.h"

int section_forward(const struct walk *walk, const yaml_node_t *node,
		    enum steer_forward *ret_forward)
{
	static const char *const words[] = { "l2", "gue", "ipip", NULL };
	static const enum steer_forward kinds[] = { STEER_FORWARD_L2, STEER_FORWARD_GUE,
						    STEER_FORWARD_IPIP };
	unsigned int choice;
	int r;

	r = value_choice(walk, node, "forward", words, &choice);
	if (r < 0)
		return r;
	*ret_forward = kinds[choice];
	return 0;
}

void section_unique(struct loader *loader, struct names *names, const yaml_node_t *node,
		    const char *what, const char *text, size_t index)
{
	const struct names_entry *earlier;
	int r;

	r = names_add(names, text, index, walk_position(node), &earlier);
	if (r == -ENOMEM)
		loader->walk.errors->out_of_memory = true;
	else if (r == -EEXIST)
		walk_error(&loader->walk, node, "%s %s is taken (line %zu); give another", what,
			   text, earlier->at.line);
}

const char *section_node_name(const void *context, size_t i)
{
	const struct cluster *cluster = context;

	return i < cluster->n_nodes ? cluster->nodes[i].name : NULL;
}

const char *section_pool_name(const void *context, size_t i)
{
	const struct cluster *cluster = context;

	return i < cluster->n_pools ? cluster->pools[i].name : NULL;
}

int section_find(struct loader *loader, const yaml_node_t *node, const char *what,
		 const struct names *names, const char *(*name)(const void *context, size_t i),
		 size_t *ret_index)
{
	char text[CLUSTER_NAME_MAX], suggestion[SUGGEST_TEXT_MAX];
	const struct names_entry *entry;
	int r;

	r = value_name(&loader->walk, node, what, text);
	if (r < 0)
		return r;
	entry = names_find(names, text);
	if (entry) {
		*ret_index = entry->index;
		return 0;
	}
	/* If no name at all could be read, that is the error. */
	if (names->root)
		walk_error(&loader->walk, node, "unknown %s \"%s\"; %s", what, text,
			   suggest_text(text, name, loader->cluster, suggestion));
	return -EINVAL;
}

/* Read one address of the list. A wrong one is skipped. */
static void read_router(struct loader *loader, const yaml_node_t *item, struct names *names,
			size_t index)
{
	struct cluster_liveness *liveness = &loader->cluster->liveness;
	const struct walk *walk = &loader->walk;
	char text[ADDRESS_TEXT_MAX];
	struct steer_addr addr;

	if (value_address(walk, item, "answer", &addr) < 0)
		return;
	address_format(&addr, text);
	if (!address_is_host(&addr)) {
		walk_error(walk, item, "answer: %s is not a host address; give a router's own",
			   text);
		return;
	}
	section_unique(loader, names, item, "router address", text, index);
	liveness->answer[liveness->n_answer++] = addr;
}

/* The routers whose plain S-BFD is answered. */
static void read_answer(struct loader *loader, const yaml_node_t *sequence)
{
	struct names names = {};
	size_t n;

	if (!sequence ||
	    walk_sequence(&loader->walk, sequence, "answer", STEER_MAX_ROUTERS, &n) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		read_router(loader, walk_item(&loader->walk, sequence, i), &names, i);
	names_clear(&names);
}

void section_liveness(struct loader *loader, const yaml_node_t *node)
{
	enum { INTERVAL, MULTIPLIER, RISE, ANSWER, KEYS };
	static const struct walk_key keys[KEYS] = {
		[INTERVAL] = { "interval", false },
		[MULTIPLIER] = { "multiplier", false },
		[RISE] = { "rise", false },
		[ANSWER] = { "answer", false },
	};
	struct cluster_liveness *liveness = &loader->cluster->liveness;
	const struct walk *walk = &loader->walk;
	const yaml_node_t *value[KEYS];

	*liveness = (struct cluster_liveness){ .interval_ms = 10, .multiplier = 3, .rise = 3 };
	if (!node || walk_mapping(walk, node, "liveness", keys, KEYS, value) < 0)
		return;
	value_duration(walk, value[INTERVAL], "interval", 3, 10 * 1000, &liveness->interval_ms);
	value_number(walk, value[MULTIPLIER], "multiplier", 1, 15, &liveness->multiplier);
	value_number(walk, value[RISE], "rise", 1, 100, &liveness->rise);
	read_answer(loader, value[ANSWER]);
}

enum { TUNNEL_IPV4, TUNNEL_IPV6, TUNNEL_KEYS };

static const struct walk_key tunnel_keys[TUNNEL_KEYS] = {
	[TUNNEL_IPV4] = { "ipv4", false },
	[TUNNEL_IPV6] = { "ipv6", false },
};

static void read_tunnel_source(const struct walk *walk, const yaml_node_t *value, const char *key,
			       bool ipv4, struct steer_addr *addr, uint8_t *bits)
{
	if (value_prefix(walk, value, key, addr, bits) < 0)
		return;
	if (address_is_ipv4(addr) != ipv4)
		walk_error(walk, value,
			   "%s is an address of the other family; write it as %s:", key,
			   ipv4 ? "ipv6" : "ipv4");
}

void section_tunnel_source(struct loader *loader, const yaml_node_t *node)
{
	const struct walk *walk = &loader->walk;
	struct cluster *cluster = loader->cluster;
	const yaml_node_t *value[TUNNEL_KEYS];

	if (!node || walk_mapping(walk, node, "tunnel-source", tunnel_keys, TUNNEL_KEYS, value) < 0)
		return;
	read_tunnel_source(walk, value[TUNNEL_IPV4], "ipv4", true, &cluster->tunnel_source4,
			   &cluster->tunnel_source4_bits);
	read_tunnel_source(walk, value[TUNNEL_IPV6], "ipv6", false, &cluster->tunnel_source6,
			   &cluster->tunnel_source6_bits);
}
