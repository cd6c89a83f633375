// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "config/address.h"
#include "config/sections.h"
#include "config/value.h"

#define INTERVAL_MS 1000
#define TIMEOUT_MS 500

enum { TYPE, ADDRESS, PORT, PATH, HOST, STATUS, INTERVAL, TIMEOUT, RISE, FALL, KEYS };

static const struct walk_key check_keys[KEYS] = {
	[TYPE] = { "type", true },	    [ADDRESS] = { "address", false },
	[PORT] = { "port", false },	    [PATH] = { "path", false },
	[HOST] = { "host", false },	    [STATUS] = { "status", false },
	[INTERVAL] = { "interval", false }, [TIMEOUT] = { "timeout", false },
	[RISE] = { "rise", false },	    [FALL] = { "fall", false },
};

static void read_http(const struct walk *walk, const yaml_node_t *const *value,
		      struct cluster_check *check)
{
	char quoted[WALK_QUOTE_MAX];
	uint32_t status;

	strcpy(check->path, "/");
	if (value_text(walk, value[PATH], "path", sizeof(check->path), check->path) == 0 &&
	    (check->path[0] != '/' || strchr(check->path, ' ')))
		walk_error(walk, value[PATH], "path %s is no request path; write it like /healthz",
			   walk_quote(value[PATH], quoted));
	if (value_text(walk, value[HOST], "host", sizeof(check->host), check->host) == 0 &&
	    strpbrk(check->host, " /"))
		walk_error(walk, value[HOST], "host %s is no host name; write it like www.example",
			   walk_quote(value[HOST], quoted));
	if (value_number(walk, value[STATUS], "status", 100, 599, &status) == 0)
		check->status = (uint16_t)status;
}

static void refuse_http_keys(const struct walk *walk, const yaml_node_t *const *value)
{
	static const unsigned int http_keys[] = { PATH, HOST, STATUS };

	for (size_t i = 0; i < sizeof(http_keys) / sizeof(*http_keys); i++)
		if (value[http_keys[i]])
			walk_error(walk, value[http_keys[i]],
				   "%s means nothing to a tcp check; remove it, or use type: http",
				   check_keys[http_keys[i]].name);
}

static void read_times(const struct walk *walk, const yaml_node_t *const *value,
		       struct cluster_check *check)
{
	bool ok;

	check->interval_ms = INTERVAL_MS;
	ok = value_duration(walk, value[INTERVAL], "interval", 50, 3600 * 1000,
			    &check->interval_ms) != -EINVAL;
	check->timeout_ms = check->interval_ms < TIMEOUT_MS ? check->interval_ms : TIMEOUT_MS;
	ok &= value_duration(walk, value[TIMEOUT], "timeout", 10, 3600 * 1000,
			     &check->timeout_ms) != -EINVAL;
	if (ok && check->timeout_ms > check->interval_ms)
		walk_error(
			walk, value[TIMEOUT],
			"timeout is longer than the interval of %ums; make it as long or shorter",
			check->interval_ms);
}

void section_check(struct loader *loader, const yaml_node_t *node, struct cluster_check *check)
{
	static const char *const types[] = { "tcp", "http", NULL };
	static const enum check_type kinds[] = { CHECK_TCP, CHECK_HTTP };
	const struct walk *walk = &loader->walk;
	const yaml_node_t *value[KEYS];
	unsigned int type;
	uint32_t port;

	if (walk_mapping(walk, node, "health", check_keys, KEYS, value) < 0)
		return;
	if (value_choice(walk, value[TYPE], "type", types, &type) == 0) {
		check->type = kinds[type];
		if (check->type == CHECK_HTTP)
			read_http(walk, value, check);
		else
			refuse_http_keys(walk, value);
	}
	if (value_number(walk, value[PORT], "port", 1, UINT16_MAX, &port) == 0)
		check->port = (uint16_t)port;
	if (value_address(walk, value[ADDRESS], "address", &check->address) == 0) {
		check->has_address = true;
		if (!value[PORT])
			walk_error(walk, value[ADDRESS], "address needs a port; add port:");
	}
	read_times(walk, value, check);
	check->rise = check->fall = 2;
	value_number(walk, value[RISE], "rise", 1, 100, &check->rise);
	value_number(walk, value[FALL], "fall", 1, 100, &check->fall);
}

/* Does the check of its pool lack a port to connect to? */
static const char *lacks_port(const struct cluster_service *service,
			      const struct cluster_check *check)
{
	if (check->port)
		return NULL;
	if (service->protocol == IPPROTO_UDP)
		return "is UDP";
	if (service->protocol == IPPROTO_SCTP)
		return "is SCTP";
	return service->port ? NULL : "has any";
}

void section_check_targets(struct loader *loader)
{
	const struct cluster *cluster = loader->cluster;
	size_t services[STEER_MAX_POOLS] = {}, hosts[STEER_MAX_POOLS] = {};
	bool reported[STEER_MAX_POOLS] = {};

	for (size_t i = 0; i < cluster->n_services; i++) {
		const struct cluster_service *service = &cluster->services[i];
		const struct cluster_pool *pool;
		const char *why;

		if (service->pool == SIZE_MAX || !loader->check[service->pool])
			continue;
		pool = &cluster->pools[service->pool];
		services[service->pool]++;
		hosts[service->pool] += service->prefix_bits == 128;
		why = lacks_port(service, &pool->check);
		if (why && !reported[service->pool])
			walk_error(&loader->walk, loader->check[service->pool],
				   "health of pool %s needs a port, as service %s %s; add port:",
				   pool->name, service->name, why);
		reported[service->pool] |= why != NULL;
	}
	for (size_t i = 0; i < cluster->n_pools; i++)
		if (services[i] && !hosts[i] && !cluster->pools[i].check.has_address)
			walk_error(&loader->walk, loader->check[i],
				   "health of pool %s has nothing to connect to, as its services "
				   "are prefixes; add address: and port:",
				   cluster->pools[i].name);
}
