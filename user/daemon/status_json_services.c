// SPDX-License-Identifier: GPL-2.0
#include "daemon/status_json.h"

#include <netinet/in.h>
#include <string.h>

#include "config/address.h"

static json_t *vip_json(const struct cluster_service *service)
{
	char text[ADDRESS_TEXT_MAX];
	bool ipv4 = address_is_ipv4(&service->vip);

	address_format(&service->vip, text);
	if (service->prefix_bits == 128)
		return json_string(text);
	return json_sprintf("%s/%d", text, service->prefix_bits - (ipv4 ? 96 : 0));
}

static const char *protocol_word(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_SCTP:
		return "sctp";
	default:
		return "unknown";
	}
}

static const char *hash_word(enum steer_hash_kind kind)
{
	switch (kind) {
	case STEER_HASH_TUPLE:
		return "5-tuple";
	case STEER_HASH_SOURCE:
		return "source";
	case STEER_HASH_PREFIX:
		return "prefix";
	case STEER_HASH_CID:
		return "cid";
	default:
		return "unknown";
	}
}

/* How full the table is takes a while to find out: the command line does that, not the daemon. */
static json_t *flows_json(const struct cluster_service *service,
			  const struct steer_service_stats *stats)
{
	if (!service->flow_entries)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I}", "entries", (json_int_t)service->flow_entries,
			 "hits", (json_int_t)stats->flow_hits, "misses",
			 (json_int_t)stats->flow_misses, "moved", (json_int_t)stats->flow_moved);
}

static json_t *service_json(struct daemon *daemon, const struct cluster_service *service)
{
	size_t index = index_alloc_find(&daemon->state->service_index, service->name);
	struct steer_service_stats stats = {};

	datapath_read_service(daemon->datapath, index, &stats);
	return json_pack("{s:s, s:i, s:o, s:s, s:i, s:s, s:s, s:o, s:o, s:o, s:o}", "name",
			 service->name, "id", (int)index, "vip", vip_json(service), "protocol",
			 protocol_word(service->protocol), "port", service->port, "pool",
			 daemon->state->config->pools[service->pool].name, "hash",
			 hash_word(service->hash_kind), "flows", flows_json(service, &stats),
			 "local", status_json_counter(&stats.by_class[STEER_CLASS_LOCAL]),
			 "forward", status_json_counter(&stats.by_class[STEER_CLASS_FORWARD]),
			 "drop", status_json_counter(&stats.by_class[STEER_CLASS_DROP]));
}

json_t *status_json_services(struct daemon *daemon, const char *name)
{
	json_t *list = json_array();
	for (size_t i = 0; i < daemon->state->config->n_services; i++) {
		const struct cluster_service *service = &daemon->state->config->services[i];

		if (!name || !strcmp(name, service->name))
			json_array_append_new(list, service_json(daemon, service));
	}
	return json_pack("{s:o}", "services", list);
}
