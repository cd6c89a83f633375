// SPDX-License-Identifier: GPL-2.0
#include "health/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

static bool is_member(const struct cluster_pool *pool, size_t node)
{
	size_t i;

	for (i = 0; i < pool->n_members; i++)
		if (pool->members[i].node == node)
			return true;
	return false;
}

static bool check_equal(const struct cluster_check *a, const struct cluster_check *b)
{
	return a->type == b->type && a->interval_ms == b->interval_ms &&
	       a->timeout_ms == b->timeout_ms && a->rise == b->rise && a->fall == b->fall &&
	       a->status == b->status && !strcmp(a->path, b->path) && !strcmp(a->host, b->host);
}

bool plan_same(const struct check_target *a, const struct check_target *b)
{
	return !strcmp(a->pool, b->pool) && address_equal(&a->address, &b->address) &&
	       a->port == b->port && a->is_vip == b->is_vip && check_equal(&a->check, &b->check);
}

/* Add the check of one service, unless it is in the list or there is nothing to connect to. */
static void add_service(const struct cluster_pool *pool, const struct cluster_service *service,
			struct check_target *targets, size_t *n_targets)
{
	const struct cluster_check *check = &pool->check;
	struct check_target *target = &targets[*n_targets];
	size_t i;

	if (!check->has_address && service->prefix_bits != 128)
		return;
	*target = (struct check_target){
		.check = *check,
		.address = check->has_address ? check->address : service->vip,
		.port = check->port ? check->port : service->port,
		.is_vip = !check->has_address,
	};
	memcpy(target->pool, pool->name, sizeof(target->pool));
	if (!target->port)
		return;
	for (i = 0; i < *n_targets; i++)
		if (plan_same(&targets[i], target))
			return;
	(*n_targets)++;
}

int plan_build(const struct cluster *cluster, struct check_target **ret_targets,
	       size_t *ret_n_targets)
{
	_cleanup_(cleanup_free) struct check_target *targets = NULL;
	size_t i, n = 0;

	/* At most one per service, and one to spare: add_service() writes before it decides. */
	targets = calloc(cluster->n_services + 1, sizeof(*targets));
	if (!targets)
		return -ENOMEM;
	for (i = 0; i < cluster->n_services; i++) {
		const struct cluster_service *service = &cluster->services[i];
		const struct cluster_pool *pool = &cluster->pools[service->pool];

		if (pool->check.type != CHECK_NONE && is_member(pool, cluster->self))
			add_service(pool, service, targets, &n);
	}
	*ret_targets = TAKE_PTR(targets);
	*ret_n_targets = n;
	return 0;
}

const char *plan_format(const struct check_target *target, char buffer[CHECK_TARGET_TEXT_MAX])
{
	bool v4 = address_is_ipv4(&target->address);
	char text[ADDRESS_TEXT_MAX];

	snprintf(buffer, CHECK_TARGET_TEXT_MAX, v4 ? "%s:%u" : "[%s]:%u",
		 address_format(&target->address, text), target->port);
	return buffer;
}
