/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_VERDICT_H
#define STEER_VERDICT_H

/**
 * DOC: The one list of verdicts.
 *
 * Every packet leaves the program with exactly one verdict. The list names verdicts for the
 * program, the daemon, the command line and the metrics.
 *
 * STEER_VERDICTS(X): X(SYMBOL, class, name, help). The class is what happens to the packet. The
 * name is the symbol in lower case, and the member of struct steer_verdict_counters.
 */

enum steer_class {
	STEER_CLASS_PASS,    /* up the stack, untouched: no service claims it */
	STEER_CLASS_LOCAL,   /* up the stack: a service's packet, delivered on this node */
	STEER_CLASS_FORWARD, /* sent on to the node that owns the flow */
	STEER_CLASS_REFLECT, /* answered in place: a liveness probe, a packet that is too big */
	STEER_CLASS_DROP,    /* dropped, for the reason in the name */
	STEER_CLASSES,
};

#define STEER_VERDICTS(X)                                                                         \
	X(PASS_UNCONFIGURED, PASS, pass_unconfigured, "no daemon has configured the program yet") \
	X(PASS_NOT_IP, PASS, pass_not_ip, "neither IPv4 nor IPv6, or cut short")                  \
	X(PASS_NO_VIP, PASS, pass_no_vip, "the destination is no virtual address")                \
	X(PASS_NO_SERVICE, PASS, pass_no_service, "a virtual address, but no service there")      \
	X(PASS_GUE_FOREIGN, PASS, pass_gue_foreign,                                               \
	  "to the GUE port of this host, but no GUE of a node")                                   \
	X(PASS_MALFORMED, PASS, pass_malformed, "to a virtual address, but cut short")            \
	X(PASS_OTHER_HOST, PASS, pass_other_host,                                                 \
	  "flooded to us: the frame is not for a MAC of ours")                                    \
	X(LOCAL_OWNER, LOCAL, local_owner, "this node owns the flow")                             \
	X(LOCAL_DRAINING, LOCAL, local_draining,                                                  \
	  "another node owns the flow, but this one has it")                                      \
	X(LOCAL_FORWARDED, LOCAL, local_forwarded,                                                \
	  "another node sent it here: delivered, never bounced")                                  \
	X(LOCAL_DECAPSULATED, LOCAL, local_decapsulated, "another node sent it here in GUE")      \
	X(LOCAL_FRAGMENT, LOCAL, local_fragment, "a fragment that came before its first one")     \
	X(FORWARD_L2, FORWARD, forward_l2, "to the owner, by its MAC")                            \
	X(FORWARD_GUE, FORWARD, forward_gue, "to the owner, in GUE")                              \
	X(FORWARD_IPIP, FORWARD, forward_ipip, "to the owner, in IP")                             \
	X(FORWARD_SECOND_CHANCE, FORWARD, forward_second_chance,                                  \
	  "no socket here: to the node that may have it")                                         \
	X(FORWARD_FRAGMENT, FORWARD, forward_fragment,                                            \
	  "fragment: to the node that sees all of its datagram")                                  \
	X(REFLECT_SBFD, REFLECT, reflect_sbfd, "S-BFD probe of a peer, answered")                 \
	X(REFLECT_TOO_BIG, REFLECT, reflect_too_big,                                              \
	  "does not fit the path: the sender gets the MTU")                                       \
	X(DROP_NO_OWNER, DROP, drop_no_owner, "no member of the pool is serving")                 \
	X(DROP_UNRESOLVED, DROP, drop_unresolved, "the owner's MAC or route is not known")        \
	X(DROP_CONVERGING, DROP, drop_converging,                                                 \
	  "no socket found while tables change: not the time for a reset")                        \
	X(DROP_TOO_BIG, DROP, drop_too_big, "does not fit the path, and the sender gets no MTU")  \
	X(DROP_GUE_MALFORMED, DROP, drop_gue_malformed, "GUE of a node, but no packet inside")    \
	X(DROP_GUE_TAG, DROP, drop_gue_tag, "GUE with a bad authentication tag")                  \
	X(DROP_GUE_HOP_LIMIT, DROP, drop_gue_hop_limit, "GUE that was forwarded too often")       \
	X(DROP_GUE_ECN, DROP, drop_gue_ecn,                                                       \
	  "congestion marked on GUE, but the packet inside is not ECN-capable")                   \
	X(DROP_GUE_NO_SERVICE, DROP, drop_gue_no_service, "GUE around a packet of no service")    \
	X(DROP_SBFD_TAG, DROP, drop_sbfd_tag, "S-BFD probe with a bad authentication tag")        \
	X(DROP_SBFD_UNKNOWN_PEER, DROP, drop_sbfd_unknown_peer,                                   \
	  "S-BFD probe from an address that is not the peer's")                                   \
	X(DROP_INTERNAL, DROP, drop_internal, "a helper of the kernel failed")

enum steer_verdict {
#define X(symbol, class, name, help) STEER_V_##symbol,
	STEER_VERDICTS(X)
#undef X
		STEER_VERDICT_COUNT,
};

/* Room for more verdicts, so that a map of counters outlives an upgrade; also the bits of a mask.
 */
#define STEER_MAX_VERDICTS 64
_Static_assert(STEER_VERDICT_COUNT <= STEER_MAX_VERDICTS, "room for all verdicts");
_Static_assert((STEER_MAX_VERDICTS & (STEER_MAX_VERDICTS - 1)) == 0, "a power of two: a mask");

#endif
