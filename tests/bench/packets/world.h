/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BENCH_WORLD_H
#define STEER_BENCH_WORLD_H

#include <bpf/libbpf.h>

#include "steer/maps.h"

/**
 * DOC: the program as it is, loaded once for each configuration that is measured, with maps of its
 * own.
 *
 * This node serves in all pools, but owns only what is for it: everything else it forwards to the
 * others, as a member does with most of what a router gives it.
 */
#define WORLD_VIP4 0xc6336400	  /* 198.51.100.0 and up */
#define WORLD_VIP6 0		  /* 2001:db8:5:: and up */
#define WORLD_FOREIGN4 0xc00002c8 /* 192.0.2.200 */
#define WORLD_FOREIGN6 0xf000
#define WORLD_CLIENT4 0xcb007100 /* 203.0.113.0 and up */
#define WORLD_CLIENT6 1		 /* 2001:db8:c:: and up */
#define WORLD_MAC 0x02737465	 /* the first four bytes of every node's */
#define WORLD_SELF 1
#define WORLD_GUE_BYTES 20 /* UDP and GUE */

/* Ports of the virtual addresses. */
#define WORLD_PORT 8000	      /* TCP, the steered services, see plan.h */
#define WORLD_PORT_OWN 7000   /* TCP, this node owns all */
#define WORLD_PORT_DATA 7001  /* UDP, this node owns all */
#define WORLD_PORT_FLOWS 7002 /* UDP, steered, with a flow table */
#define WORLD_PORT_ANY 7003   /* UDP, steered, as the service of any port has it */
#define WORLD_PORT_NONE 7004  /* TCP, no service has it */

enum world_forward {
	WORLD_L2,
	WORLD_GUE4, /* over IPv4 */
	WORLD_GUE6,
};

struct world_size {
	enum world_forward forward;
	int services, nodes;
	int flow_entries; /* of the one flow table; 0: none */
	int tables; /* each pool has its own, else they share one, as they have the same nodes */
};

struct world;

/* 0 or a negative errno, said on the standard error. */
int world_new(const char *object, const struct world_size *size, struct world **ret_world);
void world_free(struct world *world);

const struct world_size *world_size(const struct world *world);
/* @copy: below MEASURE_COPIES */
int world_program(const struct world *world, int copy);

/* For another program that is to use the same maps: before it is loaded. */
int world_share_maps(const struct world *world, struct bpf_object *object);

struct world_counts {
	struct steer_counter verdict[STEER_VERDICT_COUNT];
	struct steer_service_stats flows; /* of the service with a flow table */
};
int world_count(const struct world *world, struct world_counts *ret_counts);

/* What nodes tell each other by: the keys of flows and tags, and where node 2 sends GUE from. */
const struct steer_key *world_flow_key(void);
const struct steer_key *world_auth_key(void);
struct steer_addr world_node_addr(enum world_forward forward, int node);
void world_node_mac(int node, __u8 ret_mac[6]);

#endif
