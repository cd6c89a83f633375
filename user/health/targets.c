// SPDX-License-Identifier: GPL-2.0
#include "health/targets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

static bool is_member(const struct cluster_pool *pool, size_t node)
{
	for (size_t i = 0; i < pool->n_members; i++)
		if (pool->members[i].node == node)
			return true;
	return false;
}

static bool text_equal(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static bool request_equal(const struct cluster_check *a, const struct cluster_check *b)
{
	return a->status == b->status && text_equal(a->path, b->path) &&
	       text_equal(a->host, b->host) && text_equal(a->body, b->body) &&
	       text_equal(a->sni, b->sni) && text_equal(a->ca_file, b->ca_file) &&
	       a->insecure == b->insecure;
}

static bool command_equal(const struct cluster_check *a, const struct cluster_check *b)
{
	return a->command_bytes == b->command_bytes &&
	       !memcmp(a->command, b->command, a->command_bytes);
}

static bool check_equal(const struct cluster_check *a, const struct cluster_check *b)
{
	return a->type == b->type && a->interval_ms == b->interval_ms &&
	       a->fast_interval_ms == b->fast_interval_ms && a->timeout_ms == b->timeout_ms &&
	       a->rise == b->rise && a->fall == b->fall && request_equal(a, b) &&
	       command_equal(a, b);
}

bool targets_same(const struct check_target *a, const struct check_target *b)
{
	return text_equal(a->pool, b->pool) && a->node == b->node &&
	       text_equal(a->node_name, b->node_name) && address_equal(&a->address, &b->address) &&
	       a->port == b->port && a->is_vip == b->is_vip && a->is_path == b->is_path &&
	       address_equal(&a->source, &b->source) && check_equal(&a->check, &b->check);
}

/* Add a target, unless it is in the list or there is nothing to connect to. */
static void add_target(const struct check_target *target, struct check_target *targets,
		       size_t *n_targets)
{
	if (!target->port && (target->check.type != CHECK_EXEC || target->is_path))
		return;
	for (size_t i = 0; i < *n_targets; i++)
		if (targets_same(&targets[i], target))
			return;
	targets[(*n_targets)++] = *target;
}

static struct check_target target_of(const struct cluster_pool *pool,
				     const struct cluster_service *service)
{
	struct check_target target = {
		.check = pool->check,
		.port = pool->check.port ? pool->check.port : service->port,
	};

	memcpy(target.pool, pool->name, sizeof(target.pool));
	return target;
}

/* Add a command. It gets pool and node in its environment; what to check is up to the command. */
static void add_command(const struct cluster_pool *pool, const struct cluster_node *node,
			uint16_t about, struct check_target *targets, size_t *n_targets)
{
	struct check_target target = { .check = pool->check, .node = about };

	memcpy(target.pool, pool->name, sizeof(target.pool));
	memcpy(target.node_name, node->name, sizeof(target.node_name));
	add_target(&target, targets, n_targets);
}

static void add_own(const struct cluster *cluster, const struct cluster_pool *pool,
		    const struct cluster_service *service, struct check_target *targets,
		    size_t *n_targets)
{
	struct check_target target = target_of(pool, service);

	if (pool->check.type == CHECK_EXEC) {
		add_command(pool, &cluster->nodes[cluster->self], STEER_NODE_NONE, targets,
			    n_targets);
		return;
	}
	if (!pool->check.has_address && service->prefix_bits != 128)
		return;
	target.address = pool->check.has_address ? pool->check.address : service->vip;
	target.is_vip = !pool->check.has_address;
	add_target(&target, targets, n_targets);
}

const struct steer_addr *targets_address(const struct cluster *cluster,
					 const struct cluster_node *node)
{
	const struct cluster_node *self = &cluster->nodes[cluster->self];

	if (!address_is_none(&self->addr4) && !address_is_none(&node->addr4))
		return &node->addr4;
	if (!address_is_none(&self->addr6) && !address_is_none(&node->addr6))
		return &node->addr6;
	return NULL;
}

/* Add a check that the node answers at the VIP, too, reached as the XDP program forwards. */
static void add_path(const struct cluster *cluster, const struct cluster_pool *pool,
		     const struct cluster_service *service, uint16_t node,
		     struct check_target *targets, size_t *n_targets)
{
	const struct cluster_node *self = &cluster->nodes[cluster->self];
	struct check_target target = target_of(pool, service);

	target.node = node;
	target.address = service->vip;
	target.port = service->port;
	target.is_path = true;
	target.source = address_is_ipv4(&service->vip) ? self->addr4 : self->addr6;
	if (service->protocol != IPPROTO_TCP || service->prefix_bits != 128 ||
	    address_is_none(&target.source))
		return;
	add_target(&target, targets, n_targets);
}

static void add_agentless(const struct cluster *cluster, const struct cluster_pool *pool,
			  const struct cluster_service *service, struct check_target *targets,
			  size_t *n_targets)
{
	struct check_target target = target_of(pool, service);

	for (size_t i = 0; i < pool->n_members; i++) {
		const struct cluster_node *node = &cluster->nodes[pool->members[i].node];
		const struct steer_addr *addr;

		if (!node->agentless)
			continue;
		addr = targets_address(cluster, node);
		if (!addr)
			continue;
		target.node = node->id;
		target.address = *addr;
		if (pool->check.type == CHECK_EXEC)
			add_command(pool, node, node->id, targets, n_targets);
		else
			add_target(&target, targets, n_targets);
		add_path(cluster, pool, service, node->id, targets, n_targets);
	}
}

/* The largest number of targets: each service once here, and twice at every agentless member. */
static size_t max_targets(const struct cluster *cluster)
{
	size_t n = 0;

	for (size_t i = 0; i < cluster->n_services; i++) {
		const struct cluster_pool *pool = &cluster->pools[cluster->services[i].pool];

		n++;
		for (size_t k = 0; k < pool->n_members; k++)
			n += 2 * cluster->nodes[pool->members[k].node].agentless;
	}
	return n;
}

int targets_build(const struct cluster *cluster, struct check_target **ret_targets,
		  size_t *ret_n_targets)
{
	_cleanup_(cleanup_free) struct check_target *targets = NULL;
	size_t n = 0;

	targets = calloc(max_targets(cluster) + 1, sizeof(*targets));
	if (!targets)
		return -ENOMEM;
	for (size_t i = 0; i < cluster->n_services; i++) {
		const struct cluster_service *service = &cluster->services[i];
		const struct cluster_pool *pool = &cluster->pools[service->pool];

		if (pool->check.type == CHECK_NONE)
			continue;
		if (is_member(pool, cluster->self))
			add_own(cluster, pool, service, targets, &n);
		add_agentless(cluster, pool, service, targets, &n);
	}
	*ret_targets = TAKE_PTR(targets);
	*ret_n_targets = n;
	return 0;
}

const char *targets_format(const struct check_target *target, char buffer[CHECK_TARGET_TEXT_MAX])
{
	bool v4 = address_is_ipv4(&target->address);
	char text[ADDRESS_TEXT_MAX];

	snprintf(buffer, CHECK_TARGET_TEXT_MAX, v4 ? "%s:%u" : "[%s]:%u",
		 address_format(&target->address, text), target->port);
	return buffer;
}
