// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "config/address.h"
#include "config/sections.h"
#include "config/value.h"

#define INTERVAL_MIN_MS 50
#define INTERVAL_MAX_MS (3600 * 1000)
#define INTERVAL_MS 1000
#define TIMEOUT_MS 500

enum {
	TYPE,
	ADDRESS,
	PORT,
	PATH,
	HOST,
	STATUS,
	BODY,
	SNI,
	CA_FILE,
	VERIFY,
	COMMAND,
	INTERVAL,
	FAST_INTERVAL,
	TIMEOUT,
	RISE,
	FALL,
	KEYS
};

static const struct walk_key check_keys[KEYS] = {
	[TYPE] = { "type", true },
	[ADDRESS] = { "address", false },
	[PORT] = { "port", false },
	[PATH] = { "path", false },
	[HOST] = { "host", false },
	[STATUS] = { "status", false },
	[BODY] = { "body", false },
	[SNI] = { "sni", false },
	[CA_FILE] = { "ca-file", false },
	[VERIFY] = { "verify", false },
	[COMMAND] = { "command", false },
	[INTERVAL] = { "interval", false },
	[FAST_INTERVAL] = { "fast-interval", false },
	[TIMEOUT] = { "timeout", false },
	[RISE] = { "rise", false },
	[FALL] = { "fall", false },
};

#define OF(type) (1U << (type))
#define HTTP (OF(CHECK_HTTP) | OF(CHECK_HTTPS))
#define CONNECTS (OF(CHECK_TCP) | HTTP)

/* The types of check that a key applies to; 0: all. */
static const unsigned int key_types[KEYS] = {
	[ADDRESS] = CONNECTS,
	[PORT] = CONNECTS,
	[PATH] = HTTP,
	[HOST] = HTTP,
	[STATUS] = HTTP,
	[BODY] = HTTP,
	[SNI] = OF(CHECK_HTTPS),
	[CA_FILE] = OF(CHECK_HTTPS),
	[VERIFY] = OF(CHECK_HTTPS),
	[COMMAND] = OF(CHECK_EXEC),
};

static void refuse_keys(const struct walk *walk, const yaml_node_t *const *value,
			enum check_type type)
{
	for (size_t i = 0; i < KEYS; i++) {
		if (!value[i] || !key_types[i] || key_types[i] & OF(type))
			continue;
		walk_error(walk, value[i],
			   "%s means nothing to %s %s check; remove it, or use type: %s",
			   check_keys[i].name, type == CHECK_TCP ? "a" : "an",
			   cluster_check_words[type],
			   cluster_check_words[__builtin_ctz(key_types[i])]);
	}
}

static void read_http(const struct walk *walk, const yaml_node_t *const *value,
		      struct cluster_check *check)
{
	char quoted[WALK_QUOTE_MAX];
	uint32_t status;

	strcpy(check->path, "/");
	if (value_text(walk, value[PATH], "path", sizeof(check->path), check->path) == 0 &&
	    (check->path[0] != '/' || strchr(check->path, ' ')))
		walk_error(walk, value[PATH],
			   "path %s is not a request path; write it like /healthz",
			   walk_quote(value[PATH], quoted));
	if (value_text(walk, value[HOST], "host", sizeof(check->host), check->host) == 0 &&
	    strpbrk(check->host, " /"))
		walk_error(walk, value[HOST],
			   "host %s is not a host name; write it like www.example",
			   walk_quote(value[HOST], quoted));
	if (value_number(walk, value[STATUS], "status", 100, 599, &status) == 0)
		check->status = (uint16_t)status;
	value_text(walk, value[BODY], "body", sizeof(check->body), check->body);
}

/* True for a name that can be an SNI (RFC 6066, section 3): no address. */
static bool is_dns_name(const char *text)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789-_.";
	struct steer_addr addr;

	return *text && *text != '.' && !text[strspn(text, characters)] &&
	       address_parse(text, &addr) < 0;
}

/* The default SNI is the host without its port. */
static void default_sni(struct cluster_check *check)
{
	strcpy(check->sni, check->host);
	check->sni[strcspn(check->sni, ":")] = '\0';
	if (!is_dns_name(check->sni))
		check->sni[0] = '\0';
}

static void read_tls(const struct walk *walk, const yaml_node_t *const *value,
		     struct cluster_check *check)
{
	static const char *const words[] = { "true", "false", NULL };
	char quoted[WALK_QUOTE_MAX];
	unsigned int verify = 0;

	if (!value[SNI])
		default_sni(check);
	else if (value_text(walk, value[SNI], "sni", sizeof(check->sni), check->sni) == 0 &&
		 !is_dns_name(check->sni))
		walk_error(walk, value[SNI], "sni %s is not a host name; write it like www.example",
			   walk_quote(value[SNI], quoted));
	if (value_text(walk, value[CA_FILE], "ca-file", sizeof(check->ca_file), check->ca_file) ==
		    0 &&
	    check->ca_file[0] != '/')
		walk_error(walk, value[CA_FILE],
			   "ca-file %s is not an absolute path; write it like /etc/steer/ca.pem",
			   walk_quote(value[CA_FILE], quoted));
	value_choice(walk, value[VERIFY], "verify", words, &verify);
	check->insecure = verify;
	if (check->insecure && value[CA_FILE])
		walk_error(walk, value[CA_FILE],
			   "ca-file means nothing with verify: false; remove one of them");
}

static void read_argument(const struct walk *walk, const yaml_node_t *item,
			  struct cluster_check *check)
{
	char text[CLUSTER_COMMAND_MAX], quoted[WALK_QUOTE_MAX];
	size_t bytes;

	if (value_text(walk, item, "command", sizeof(text), text) < 0)
		return;
	bytes = strlen(text) + 1;
	if (!check->command_bytes && text[0] != '/')
		walk_error(walk, item,
			   "command %s is not an absolute path; write it like /usr/lib/steer/check",
			   walk_quote(item, quoted));
	else if (bytes > sizeof(check->command) - check->command_bytes)
		walk_error(walk, item,
			   "command is longer than %zu bytes with this; put it into a script",
			   sizeof(check->command));
	else
		memcpy(check->command + check->command_bytes, text, bytes);
	check->command_bytes += bytes;
}

static void read_command(const struct walk *walk, const yaml_node_t *health,
			 const yaml_node_t *node, struct cluster_check *check)
{
	size_t errors_before = walk->errors->n, n;

	if (!node) {
		walk_error(walk, health,
			   "an exec check has no \"command\"; add command: [ /path/to/check ]");
		return;
	}
	if (walk_sequence(walk, node, "command", CLUSTER_COMMAND_MAX / 2, &n) < 0)
		return;
	for (size_t i = 0; i < n && walk->errors->n == errors_before; i++)
		read_argument(walk, walk_item(walk, node, i), check);
}

static void read_kind(const struct walk *walk, const yaml_node_t *health,
		      const yaml_node_t *const *value, struct cluster_check *check)
{
	refuse_keys(walk, value, check->type);
	if (HTTP & OF(check->type))
		read_http(walk, value, check);
	if (check->type == CHECK_HTTPS)
		read_tls(walk, value, check);
	if (check->type == CHECK_EXEC)
		read_command(walk, health, value[COMMAND], check);
}

static void read_times(const struct walk *walk, const yaml_node_t *const *value,
		       struct cluster_check *check)
{
	bool ok;

	check->interval_ms = INTERVAL_MS;
	ok = value_duration(walk, value[INTERVAL], "interval", INTERVAL_MIN_MS, INTERVAL_MAX_MS,
			    &check->interval_ms) != -EINVAL;
	check->fast_interval_ms = check->interval_ms;
	ok &= value_duration(walk, value[FAST_INTERVAL], "fast-interval", INTERVAL_MIN_MS,
			     INTERVAL_MAX_MS, &check->fast_interval_ms) != -EINVAL;
	check->timeout_ms = check->interval_ms;
	/* A command needs more time, and a CPU, until it has a result. */
	if (check->timeout_ms > TIMEOUT_MS && check->type != CHECK_EXEC)
		check->timeout_ms = TIMEOUT_MS;
	ok &= value_duration(walk, value[TIMEOUT], "timeout", 10, INTERVAL_MAX_MS,
			     &check->timeout_ms) != -EINVAL;
	if (ok && check->fast_interval_ms > check->interval_ms)
		walk_error(walk, value[FAST_INTERVAL],
			   "fast-interval is longer than the interval of %ums; make it as long or "
			   "shorter",
			   check->interval_ms);
	if (ok && check->timeout_ms > check->interval_ms)
		walk_error(
			walk, value[TIMEOUT],
			"timeout is longer than the interval of %ums; make it as long or shorter",
			check->interval_ms);
}

void section_check(struct loader *loader, const yaml_node_t *node, struct cluster_check *check)
{
	const struct walk *walk = &loader->walk;
	const yaml_node_t *value[KEYS];
	unsigned int type;
	uint32_t port;

	if (walk_mapping(walk, node, "health", check_keys, KEYS, value) < 0)
		return;
	if (value_choice(walk, value[TYPE], "type", cluster_check_words + CHECK_TCP, &type) == 0) {
		check->type = CHECK_TCP + type;
		read_kind(walk, node, value, check);
	}
	if (value_number(walk, value[PORT], "port", 1, UINT16_MAX, &port) == 0)
		check->port = (uint16_t)port;
	if (value_address(walk, value[ADDRESS], "address", &check->address) == 0) {
		check->has_address = true;
		if (!value[PORT] && check->type != CHECK_EXEC)
			walk_error(walk, value[ADDRESS], "address needs a port; add port:");
	}
	read_times(walk, value, check);
	check->rise = check->fall = 2;
	value_number(walk, value[RISE], "rise", 1, 100, &check->rise);
	value_number(walk, value[FALL], "fall", 1, 100, &check->fall);
}

/* Why a check needs a port of its own for this service; NULL: it does not. */
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
		if (pool->check.type == CHECK_EXEC)
			continue; /* it does not connect */
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
