/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_GUE_AUTH_H
#define STEER_BPF_GUE_AUTH_H

#include "decision.h"
#include "hash.h"
#include "parse.h"
#include "steer/gue.h"

/**
 * DOC: The authentication tag of an encapsulated packet (include/steer/gue.h).
 */

/* The hash of the inner packet's flow: the 5-tuple, however its service hashes. */
static __always_inline __u64 steer_digest(const struct steer_packet *inner,
					  const struct steer_key *flow_key)
{
	/* The receiver of a later fragment may not have seen the first one's ports. */
	return steer_hash_pair(inner, flow_key,
			       inner->piece == STEER_LATER ? 0 : steer_ports(&inner->flow));
}

__global_fn __u64 steer_digest_anew(const struct steer_packet *inner,
				    const struct steer_key *flow_key)
{
	if (!inner || !flow_key)
		return 0;
	return steer_digest(inner, flow_key);
}

/* The same on the sending side, which mostly has this hash already. */
static __always_inline __u64 steer_digest_of(const struct steer_packet *p,
					     const struct steer_key *flow_key,
					     const struct steer_decision *decision)
{
	if (p->piece == STEER_WHOLE && steer_hashes_tuple(&decision->service))
		return decision->hash;
	return steer_digest_anew(p, flow_key);
}

#endif
