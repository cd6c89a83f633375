/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_PEER_H
#define STEER_BPF_PEER_H

#include "maps.h"
#include "parse.h"

/**
 * DOC: Who sent a probe or a GUE packet, by its source address.
 */

/* The node that has the packet's source address; NULL: none. */
static __always_inline struct steer_peer *steer_find_peer(const struct steer_packet *p)
{
	if (!p->ipv4 && steer_is_ipv4(&p->flow.src))
		return NULL;
	return bpf_map_lookup_elem(&steer_peers, &p->flow.src);
}

#endif
