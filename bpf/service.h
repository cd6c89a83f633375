/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_SERVICE_H
#define STEER_BPF_SERVICE_H

#include "maps.h"
#include "parse.h"

/**
 * DOC: stage 3, does a service claim the packet?
 *
 * One hash lookup tells a foreign packet; only a virtual address costs the lookup of its port.
 * Nothing is dropped before a service has been found.
 */

__inline struct steer_vip *steer_find_vip(const struct steer_settings *settings,
					  const struct steer_addr *addr)
{
	struct steer_vip *vip = bpf_map_lookup_elem(&steer_vips, addr);

	if (!vip && settings->flags & STEER_HAVE_PREFIXES) {
		struct steer_prefix_key key = { .prefix_bits = 128, .addr = *addr };

		vip = bpf_map_lookup_elem(&steer_prefixes, &key);
	}
	return vip;
}

/* Finds the packet's service, exact port before any port, and reads its ports on the way. */
__inline int steer_find_service(struct steer_packet *p, const struct steer_settings *settings,
				void *data, void *data_end, struct steer_service **ret_service)
{
	struct steer_vip *vip = steer_find_vip(settings, &p->dst);
	struct steer_service_key key = {};
	int verdict;

	if (!vip)
		return STEER_V_PASS_NO_VIP;
	verdict = steer_parse_ports(p, data, data_end);
	if (verdict != STEER_CONTINUE)
		return verdict;
	key.vip = vip->id;
	key.protocol = p->protocol;
	key.port = p->dport;
	*ret_service = bpf_map_lookup_elem(&steer_services, &key);
	if (*ret_service)
		return STEER_CONTINUE;
	key.port = 0;
	*ret_service = bpf_map_lookup_elem(&steer_services, &key);
	return *ret_service ? STEER_CONTINUE : STEER_V_PASS_NO_SERVICE;
}

#endif
