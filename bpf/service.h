/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_SERVICE_H
#define STEER_BPF_SERVICE_H

#include "maps.h"
#include "parse.h"

/**
 * DOC: stage 3, does a service claim the packet?
 *
 * A bit tells most foreign packets; only a virtual address costs lookups, of itself and its port.
 * Nothing is dropped before a service has been found.
 */

__inline struct steer_vip *steer_find_vip(const struct steer_settings *settings,
					  const struct steer_filter *filter,
					  const struct steer_addr *addr)
{
	struct steer_vip *vip = NULL;

	if (steer_filter_has(filter->vips, steer_filter_vip(addr->word)))
		vip = bpf_map_lookup_elem(&steer_vips, addr);
	if (!vip && settings->flags & STEER_HAVE_PREFIXES) {
		struct steer_prefix_key key = { .prefix_bits = 128, .addr = *addr };

		vip = bpf_map_lookup_elem(&steer_prefixes, &key);
	}
	return vip;
}

/* The service of a flow at this virtual address, exact port before any port; NULL if none. */
__inline struct steer_service *steer_find_service(const struct steer_flow *flow,
						  const struct steer_vip *vip)
{
	struct steer_service_key key = {
		.vip = vip->id,
		.port = flow->dport,
		.protocol = flow->protocol,
	};
	struct steer_service *service = bpf_map_lookup_elem(&steer_services, &key);

	if (service)
		return service;
	key.port = 0;
	return bpf_map_lookup_elem(&steer_services, &key);
}

#endif
