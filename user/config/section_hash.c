// SPDX-License-Identifier: GPL-2.0
#include <netinet/in.h>

#include "config/sections.h"
#include "config/value.h"

#define PREFIX4_BITS 24
#define PREFIX6_BITS 48
#define CID_ROTATION_MAX 6 /* 7 is reserved (draft-ietf-quic-load-balancers, section 3.1) */
#define CID_BYTES 2
#define FLOW_ENTRIES 65536
#define FLOW_ENTRIES_MIN 128

static const char *const kinds[] = {
	[STEER_HASH_TUPLE] = "5-tuple",
	[STEER_HASH_SOURCE] = "source",
	[STEER_HASH_PREFIX] = "source-prefix",
	[STEER_HASH_CID] = "quic-cid",
	NULL,
};

enum { KIND, PREFIX4, PREFIX6, ROTATION, ID_LENGTH, KEYS };

static const struct walk_key hash_keys[KEYS] = {
	[KIND] = { "kind", true },
	[PREFIX4] = { "prefix4", false },
	[PREFIX6] = { "prefix6", false },
	[ROTATION] = { "config-rotation", false },
	[ID_LENGTH] = { "server-id-length", false },
};

static void refuse_key(const struct walk *walk, const yaml_node_t *value, const char *key,
		       enum steer_hash_kind wanted)
{
	if (value)
		walk_error(walk, value, "%s means something for %s only; remove it", key,
			   kinds[wanted]);
}

static void read_prefixes(const struct walk *walk, const yaml_node_t *const *value,
			  struct cluster_service *service)
{
	uint32_t bits4 = PREFIX4_BITS, bits6 = PREFIX6_BITS;

	value_number(walk, value[PREFIX4], "prefix4", 0, 32, &bits4);
	value_number(walk, value[PREFIX6], "prefix6", 0, 128, &bits6);
	service->prefix4_bits = (uint8_t)bits4;
	service->prefix6_bits = (uint8_t)bits6;
}

static void read_cid(const struct walk *walk, const yaml_node_t *node,
		     const yaml_node_t *const *value, struct cluster_service *service)
{
	uint32_t rotation = 0, bytes = CID_BYTES;

	value_number(walk, value[ROTATION], "config-rotation", 0, CID_ROTATION_MAX, &rotation);
	value_number(walk, value[ID_LENGTH], "server-id-length", 1, STEER_CID_BYTES_MAX, &bytes);
	service->cid_rotation = (uint8_t)rotation;
	service->cid_bytes = (uint8_t)bytes;
	if (service->protocol && service->protocol != IPPROTO_UDP)
		walk_error(walk, node, "hash quic-cid is for protocol udp; choose another hash");
}

void section_hash(const struct walk *walk, const yaml_node_t *node, struct cluster_service *service)
{
	const yaml_node_t *value[KEYS] = { [KIND] = node };
	unsigned int kind = STEER_HASH_TUPLE;

	if (!node)
		return;
	if (node->type != YAML_SCALAR_NODE &&
	    walk_mapping(walk, node, "hash", hash_keys, KEYS, value) < 0)
		return;
	if (value_choice(walk, value[KIND], "hash", kinds, &kind) < 0)
		return;
	service->hash_kind = kind;
	if (kind == STEER_HASH_PREFIX)
		read_prefixes(walk, value, service);
	if (kind == STEER_HASH_CID)
		read_cid(walk, node, value, service);
	if (kind != STEER_HASH_PREFIX) {
		refuse_key(walk, value[PREFIX4], "prefix4", STEER_HASH_PREFIX);
		refuse_key(walk, value[PREFIX6], "prefix6", STEER_HASH_PREFIX);
	}
	if (kind != STEER_HASH_CID) {
		refuse_key(walk, value[ROTATION], "config-rotation", STEER_HASH_CID);
		refuse_key(walk, value[ID_LENGTH], "server-id-length", STEER_HASH_CID);
	}
}

enum { ENTRIES, FLOW_KEYS };

static const struct walk_key flow_keys[FLOW_KEYS] = {
	[ENTRIES] = { "entries", true },
};

void section_flow_table(const struct walk *walk, const yaml_node_t *node,
			struct cluster_service *service)
{
	static const char *const words[] = { "off", "on", NULL };
	const yaml_node_t *value[FLOW_KEYS];
	unsigned int on = 0;

	if (!node)
		return;
	if (node->type == YAML_SCALAR_NODE) {
		if (value_choice(walk, node, "flow-table", words, &on) == 0 && on)
			service->flow_entries = FLOW_ENTRIES;
		return;
	}
	if (walk_mapping(walk, node, "flow-table", flow_keys, FLOW_KEYS, value) == 0)
		value_number(walk, value[ENTRIES], "entries", FLOW_ENTRIES_MIN, STEER_MAX_FLOWS,
			     &service->flow_entries);
}

void section_server_ids(struct loader *loader, const yaml_node_t *item,
			const struct cluster_service *service)
{
	const struct cluster *cluster = loader->cluster;
	const struct cluster_pool *pool = &cluster->pools[service->pool];

	if (service->hash_kind != STEER_HASH_CID || service->cid_bytes != 1)
		return;
	for (size_t i = 0; i < pool->n_members; i++) {
		const struct cluster_node *node = &cluster->nodes[pool->members[i].node];

		if (node->id > UINT8_MAX)
			walk_error(&loader->walk, item,
				   "server-id-length 1 cannot hold id %u of node %s; write 2",
				   node->id, node->name);
	}
}
