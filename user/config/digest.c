// SPDX-License-Identifier: GPL-2.0
#include "config/digest.h"

#include <endian.h>
#include <string.h>

#include "steer/gue.h"
#include "steer/siphash.h"

struct digest {
	struct steer_siphash state;
	uint64_t words;
};

/* The key is no secret; it separates the kinds of digests. */
static void begin(struct digest *digest, uint64_t kind, uint64_t version)
{
	const struct steer_key key = { { kind, version } };

	digest->words = 0;
	steer_sip_init(&digest->state, &key);
}

static uint64_t end(struct digest *digest)
{
	return steer_sip_end(&digest->state, 8 * digest->words, 2);
}

static void add_number(struct digest *digest, uint64_t number)
{
	steer_sip_word(&digest->state, number, 2);
	digest->words++;
}

static void add_bytes(struct digest *digest, const void *data, size_t length)
{
	const uint8_t *byte = data;

	add_number(digest, length);
	while (length) {
		size_t n = length < 8 ? length : 8;
		uint64_t word = 0;

		memcpy(&word, byte, n);
		add_number(digest, le64toh(word));
		byte += n;
		length -= n;
	}
}

static void add_text(struct digest *digest, const char *text)
{
	add_bytes(digest, text, strlen(text));
}

static void add_addr(struct digest *digest, const struct steer_addr *addr)
{
	add_bytes(digest, addr, sizeof(*addr));
}

static void add_node(struct digest *digest, const struct cluster_node *node)
{
	add_text(digest, node->name);
	add_number(digest, node->id);
	add_number(digest, node->weight);
	add_addr(digest, &node->addr4);
	add_addr(digest, &node->addr6);
	add_number(digest, node->forward);
	add_number(digest, node->agentless);
	add_number(digest, node->n_interfaces);
	for (size_t i = 0; i < node->n_interfaces; i++)
		add_text(digest, node->interfaces[i]);
}

static void add_check(struct digest *digest, const struct cluster_check *check)
{
	add_number(digest, check->type);
	add_number(digest, check->has_address);
	add_addr(digest, &check->address);
	add_number(digest, check->port);
	add_number(digest, check->interval_ms);
	add_number(digest, check->fast_interval_ms);
	add_number(digest, check->timeout_ms);
	add_number(digest, check->rise);
	add_number(digest, check->fall);
	add_text(digest, check->path);
	add_text(digest, check->host);
	add_number(digest, check->status);
	add_text(digest, check->body);
	add_text(digest, check->sni);
	add_text(digest, check->ca_file);
	add_number(digest, check->insecure);
	add_bytes(digest, check->command, check->command_bytes);
}

static void add_pool(struct digest *digest, const struct cluster_pool *pool)
{
	add_text(digest, pool->name);
	add_number(digest, pool->mode);
	add_number(digest, pool->n_members);
	for (size_t i = 0; i < pool->n_members; i++) {
		add_number(digest, pool->members[i].node);
		add_number(digest, pool->members[i].weight);
	}
	add_check(digest, &pool->check);
	add_number(digest, pool->panic.min_healthy);
	add_number(digest, pool->panic.percent);
	add_number(digest, pool->panic.action);
	add_number(digest, pool->slow_start_ms);
	/* Only then, so that digests without a history stay those of earlier versions. */
	if (cluster_has_history(pool))
		add_text(digest, "history");
}

static void add_service(struct digest *digest, const struct cluster_service *service)
{
	add_text(digest, service->name);
	add_addr(digest, &service->vip);
	add_number(digest, service->prefix_bits);
	add_number(digest, service->protocol);
	add_number(digest, service->port);
	add_number(digest, service->hash_kind);
	add_number(digest, service->prefix4_bits);
	add_number(digest, service->prefix6_bits);
	add_number(digest, service->cid_rotation);
	add_number(digest, service->cid_bytes);
	add_number(digest, service->flow_entries);
	/* Only then, so that digests without it stay those of earlier versions. */
	if (service->plain)
		add_number(digest, service->plain);
	add_number(digest, service->pool);
}

uint64_t digest_cluster(const struct cluster *cluster)
{
	struct digest digest;

	begin(&digest, 'c', DIGEST_VERSION);
	add_text(&digest, cluster->name);
	/* Without the tag keys: while they are replaced, nodes have them in different order. */
	add_bytes(&digest, cluster->flow_key, sizeof(cluster->flow_key));
	add_addr(&digest, &cluster->tunnel_source4);
	add_number(&digest, cluster->tunnel_source4_bits);
	add_addr(&digest, &cluster->tunnel_source6);
	add_number(&digest, cluster->tunnel_source6_bits);
	/* Only then, as with the routers below. */
	if (cluster->gue_port != STEER_GUE_PORT)
		add_number(&digest, cluster->gue_port);
	add_number(&digest, cluster->liveness.interval_ms);
	add_number(&digest, cluster->liveness.multiplier);
	add_number(&digest, cluster->liveness.rise);
	/* Only then, so that digests without routers stay those of earlier versions. */
	if (cluster->liveness.n_answer)
		add_number(&digest, cluster->liveness.n_answer);
	for (size_t i = 0; i < cluster->liveness.n_answer; i++)
		add_addr(&digest, &cluster->liveness.answer[i]);
	add_number(&digest, cluster->damping.hold_ms);
	add_number(&digest, cluster->damping.max_hold_ms);
	add_number(&digest, cluster->damping.forget_ms);
	add_number(&digest, cluster->n_nodes);
	for (size_t i = 0; i < cluster->n_nodes; i++)
		add_node(&digest, &cluster->nodes[i]);
	add_number(&digest, cluster->n_pools);
	for (size_t i = 0; i < cluster->n_pools; i++)
		add_pool(&digest, &cluster->pools[i]);
	add_number(&digest, cluster->n_services);
	for (size_t i = 0; i < cluster->n_services; i++)
		add_service(&digest, &cluster->services[i]);
	return end(&digest);
}

uint64_t digest_pools(const struct cluster *cluster)
{
	struct digest digest;

	begin(&digest, 'p', DIGEST_POOLS_VERSION);
	add_number(&digest, cluster->n_pools);
	for (size_t i = 0; i < cluster->n_pools; i++) {
		add_text(&digest, cluster->pools[i].name);
		/* It decides which pool an announcement in an answer is about. */
		if (cluster_has_history(&cluster->pools[i]))
			add_text(&digest, "history");
	}
	return end(&digest);
}
